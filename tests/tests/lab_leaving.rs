//! Real servers that leave. All services go while a download runs: no connection breaks, and the VIP goes last. And one
//! that has died goes although clients still try it.

use lvsctl_tests::{Download, Lab, Report};

const VIP: &str = "203.0.113.168";

fn inventory(services: &str) -> String {
    format!("all: {{ vars: {{ lvs_drain_seconds: 3, lvs_services: {services} }} }}\n")
}

fn with_vip(vip: &str) -> String {
    let real_servers = "[{ host: web1 }, { host: web2 }]";
    let service = format!("name: www, vip: {vip}, port: 80, scheduler: rr, forward: dr, real_servers: {real_servers}");
    inventory(&format!("[{{ {service} }}]"))
}

#[test]
fn the_vip_stays_on_all_nodes_until_the_last_connection_has_ended() {
    let lab = Lab::up("leaving", 2);
    let cluster = lab.cluster(lab.file("services.yml", ""));
    // After a change of the VIP, what the director has first been given is not the oldest of what it has.
    for vip in [VIP, "203.0.113.77", VIP] {
        lab.file("services.yml", &with_vip(vip));
        cluster.apply().ends_with(0);
    }
    cluster.is_reached();
    let mut download = Download::start(&lab);
    let real_server = download.real_server();

    lab.file("services.yml", &inventory("[]"));
    let apply = cluster.apply();
    apply.ends_with(1);
    let (task, failure) = apply.failure("lvs");
    assert_eq!(task, Some("Leftovers of directors"), "{apply}");
    assert!(failure.came_back.contains("1 active connection after 3 s"), "{apply}");
    let said: Vec<_> = apply.events("output").filter_map(|event| event["line"].as_str()).collect();
    let expected = format!("tcp {VIP}:80 -> {real_server}:80 has 1 active connection; waiting up to 3 s");
    assert_eq!(said, [expected.as_str()], "{apply}");
    assert!(download.runs(), "the download was broken");
    for (node, device) in [("lvs", "eth1"), ("web1", "lo"), ("web2", "lo")] {
        let addresses = lab.on(node, &format!("ip -oneline address show dev {device}"));
        assert!(addresses.contains(VIP), "{node} has lost the VIP\n{apply}");
    }
    for web in ["web1", "web2"] {
        assert_eq!(apply.changes(web), Vec::<String>::new(), "{apply}");
    }
    assert!(lab.on("lvs", "ipvsadm -Sn").contains(&format!("-r {real_server}:80 -g -w 0")));

    download.ends_whole();
    let apply = cluster.apply();
    apply.ends_with(0);
    expect_the_table_before_the_vip(&apply);
    for node in ["lvs", "web1", "web2"] {
        assert!(!lab.on(node, "ip -oneline address").contains(VIP), "{node} still has the VIP\n{apply}");
    }
    assert_eq!(lab.on("lvs", "ipvsadm -Sn"), "");
    assert_eq!(lab.on("web1", "cat /proc/sys/net/ipv4/conf/all/arp_ignore"), "0\n");
    cluster.is_reached();
}

#[test]
fn a_real_server_that_answers_nobody_goes_before_its_clients_give_up() {
    let lab = Lab::up("unanswered", 2);
    let cluster = lab.cluster(lab.file("services.yml", &with_vip(VIP)));
    cluster.apply().ends_with(0);
    // Requests come in, and no answer goes out.
    lab.on("web2", "ip route add blackhole 203.0.113.10/32");
    lab.on("client", &format!("for i in 1 2 3 4; do curl -s -o /dev/null --max-time 1 http://{VIP}/ || true; done"));
    let connections = lab.on("lvs", "cat /proc/net/ip_vs_conn");
    assert_eq!(connections.matches("SYN_RECV").count(), 2, "{connections}");

    // Shorter than the kernel remembers them, which is 60 s.
    let without =
        with_vip(VIP).replace(", { host: web2 }", "").replace("lvs_drain_seconds: 3", "lvs_drain_seconds: 40");
    lab.file("services.yml", &without);
    let apply = cluster.apply();
    apply.ends_with(0);
    let said: Vec<_> = apply.events("output").filter_map(|event| event["line"].as_str()).collect();
    // Besides these two, lvsctl itself may have asked.
    assert!(said.iter().any(|line| line.contains(" active connections; waiting up to 40 s")), "{apply}");
    assert!(said.iter().any(|line| line.contains("has not answered those who connect to it for 10 s")), "{apply}");
    assert!(!lab.on("lvs", "ipvsadm -Sn").contains("192.168.0.2:"), "{apply}");
    cluster.is_reached();
}

#[track_caller]
fn expect_the_table_before_the_vip(apply: &Report) {
    let changes = apply.changes("lvs");
    let place = |part: &str| {
        let found = changes.iter().position(|change| change.contains(part));
        found.unwrap_or_else(|| panic!("no `{part}`\n{apply}"))
    };
    assert!(place("ipvs tcp") < place(&format!("address {VIP}/32 dev eth1")), "{apply}");
}
