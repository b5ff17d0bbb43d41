//! Everything that decodes bytes of the kernel's: netlink's framing, IPVS and routing on top of it, and the text of
//! `/proc/net/ip_vs_conn`. What must hold stands beside the decoders (`fuzz` in `agent/src`).
#![no_main]

use libfuzzer_sys::fuzz_target;
use lvs_agent::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::datagram(bytes);
    fuzz::message(bytes);
    fuzz::connections(bytes);
});
