//! After a boot nodes are what the inventory says, and no lvsctl is run for that: after a reboot of all, and after power
//! cuts in the middle of an apply.

use std::collections::BTreeSet;

use lvsctl_tests::{Answers, Client, Lab};

const VIP: &str = "203.0.113.168";
const NODES: [&str; 4] = ["lvs", "web1", "web2", "client"];

#[test]
fn after_a_reboot_of_all_nodes_every_method_serves_without_an_apply() {
    let lab = Lab::up("boot", 2);
    let client = Client::of(&lab);
    for method in ["nat", "tun", "dr"] {
        let cluster = lab.cluster(lab.file("services.yml", &services(method)));
        cluster.apply().ends_with(0);
        for node in NODES {
            lab.ok(&["lab", "reboot", node]);
        }
        let expected = Answers::from([("web1".to_owned(), 10), ("web2".to_owned(), 20)]);
        assert_eq!(client.http(VIP, 30), expected, "{method}\n{}", restored(&lab));
        only_the_director_answers_arp(&lab);
        cluster.verify(60);
        cluster.is_reached();
    }
}

/// Two in three of the connections go to web2.
fn services(method: &str) -> String {
    let network = if method == "tun" { "198.51.100.0/24" } else { "192.168.0.0/24" };
    format!(
        "all:
  vars:
    lvs_services:
      - name: www
        vip: {VIP}
        port: 80
        scheduler: wrr
        forward: {method}
        real_network: {network}
        real_servers: [{{ group: web }}, {{ host: web2, weight: 2 }}]
"
    )
}

/// Asked by the client, which is on the link of the VIP.
#[track_caller]
fn only_the_director_answers_arp(lab: &Lab) {
    let mac = lab.on("lvs", "cat /sys/class/net/eth1/address").trim().to_uppercase();
    let answers = lab.on("client", &format!("arping -c 3 -I eth0 {VIP} | sed -n 's/.*\\[\\(.*\\)\\].*/\\1/p'"));
    assert_eq!(answers.lines().collect::<BTreeSet<_>>(), BTreeSet::from([mac.as_str()]), "{answers}");
}

/// What the boots say.
fn restored(lab: &Lab) -> String {
    NODES.map(|node| format!("--- {node}\n{}", lab.ok(&["lab", "console", node]))).concat()
}
