//! The import of a ldirectord.cf.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lvsctl::import::read_ldirectord;

fuzz_target!(|text: &str| lvsctl_fuzz::check(text, read_ldirectord(text)));
