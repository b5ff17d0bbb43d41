//! ipvsadm's own text: read, written and read again it is the same; and its import.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lvs_agent::{
    ipvsadm::{read, write},
    state::VirtualService,
};

fuzz_target!(|text: &str| {
    let lines = text.lines().count();
    match read(text) {
        Ok(script) => {
            assert_eq!(script.lines.len(), script.services.len());
            assert!(script.lines.iter().all(|line| (1..=lines).contains(line)));
            let written = write(&script.services);
            let again = read(&written).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{written}"));
            assert_eq!(said(again.services), said(script.services), "{written}");
        }
        Err(mistakes) => assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line))),
    }
    lvsctl_fuzz::check(text, lvsctl::import::read_ipvsadm(text));
});

/// In an order of our own, and without the thresholds, which ipvsadm does not write.
fn said(mut services: Vec<VirtualService>) -> Vec<VirtualService> {
    services.sort_by_key(|service| service.key);
    for service in &mut services {
        service.real_servers.sort_by_key(|server| (server.address, server.port));
        for server in &mut service.real_servers {
            (server.upper_threshold, server.lower_threshold) = (0, 0);
        }
    }
    services
}
