use proptest::prelude::*;

use super::*;
use crate::import::Found;

const TEXT: &str = "
! Configuration File for keepalived
global_defs {
    router_id LVS_1            # a name
    lvs_timeouts tcp 7200 udp 60
}
vrrp_instance VI_1 { state MASTER
    virtual_ipaddress { 203.0.113.168 } }
virtual_server_group web {
    203.0.113.168-169 80
    fwmark 7
}
virtual_server group web {
    delay_loop 6
    protocol TCP
    lb_algo wrr
    lb_kind DR
    persistence_timeout 300
    persistence_granularity 255.255.255.0
    sorry_server 192.168.0.200 80
    real_server 192.168.0.1 80 {
        weight 3
        uthreshold 100
        TCP_CHECK { connect_timeout 3 }
    }
}
virtual_server 203.0.113.170 53 {
    lvs_sched rr
    lvs_method TUN type gue port 6080 csum
    protocol UDP
    ops
    real_server 192.168.0.1 53 { }
    real_server web2 53 { }
}
virtual_server 203.0.113.171 443 {
    sh-port
    real_server 192.168.0.1 443 { }
}
";

#[test]
fn virtual_servers_are_taken_and_the_rest_is_told_by_line() {
    let imported = read(TEXT);
    let json: Vec<String> = imported
        .services
        .iter()
        .map(|Found { service, line }| format!("{line:?} {}", serde_json::to_string(service).unwrap()))
        .collect();
    let notes: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(format!("{}\n\n{}\n\n{:?}", json.join("\n"), notes.join("\n"), imported.timeouts));
}

#[test]
fn groups_that_multiply_end_early() {
    let group = "10.0.0.0-255 80\n".repeat(200);
    let server = "virtual_server group web { real_server 192.168.0.1 80 { weight 1 } }\n".repeat(200);
    let imported = read(&format!("virtual_server_group web {{\n{group}}}\n{server}"));
    assert!(imported.services.len() < MOST);
    assert!(imported.notes.iter().any(|note| note.text.contains("more than 1000000 virtual servers")));
}

#[test]
fn many_lines_that_are_lost_are_told_in_time() {
    let imported = read(&(1..=200_000).map(|number| format!("a{number}")).collect::<Vec<_>>().join("\n"));
    assert_eq!(imported.notes.len(), 200_000);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,400}") {
        read(&text);
    }

    #[test]
    fn no_text_of_its_own_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
        "virtual_server", "virtual_server_group", "group", "fwmark", "real_server", "{", "}", "\n", "\"", "#", "${",
        "10.0.0.1", "10.0.0.1-300", "::1-ffff", "80", "99999999999", "weight", "lb_kind", "TUN", "type", "gue", "port",
        "persistence_timeout", "persistence_granularity", "global_defs", "lvs_timeouts", "tcp", "web",
    ]), 0..60)) {
        read(&words.join(" "));
    }
}
