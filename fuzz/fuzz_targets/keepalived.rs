//! The import of a keepalived.conf.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lvsctl::import::read_keepalived;

fuzz_target!(|text: &str| lvsctl_fuzz::check(text, read_keepalived(text)));
