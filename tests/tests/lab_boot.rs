//! After a boot nodes are what the inventory says, and no lvsctl is run for that: after a reboot of all, and after power
//! cuts in the middle of an apply.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use lvsctl_tests::{Answers, Client, Lab, Report};
use serde_json::Value;

const VIP: &str = "203.0.113.168";
const NODES: [&str; 4] = ["lvs", "web1", "web2", "client"];

#[test]
fn after_a_reboot_of_all_nodes_every_method_serves_without_an_apply() {
    let lab = Lab::up("boot", 2);
    let client = Client::of(&lab);
    what_a_person_wrote_is_a_conflict(&lab);
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

#[test]
fn a_playbook_reboots_a_node_and_goes_on_with_it() {
    let lab = Lab::up("reboot", 2);
    lab.cluster(lab.file("services.yml", &services("dr"))).apply().ends_with(0);
    a_playbook_goes_on_after_the_reboot_that_it_asks_for(&lab);
    a_node_that_does_not_come_back_is_told(&lab);
}

#[track_caller]
fn playbook(lab: &Lab, text: &str) -> Report {
    let cluster = lab.cluster(lab.file("services.yml", &services("dr")));
    let path = lab.file("reboot.yml", text);
    Report::of(cluster.command(&["apply", "--yes", "--output", "json", path.to_str().expect("it is text")]))
}

#[track_caller]
fn a_playbook_goes_on_after_the_reboot_that_it_asks_for(lab: &Lab) {
    let report = playbook(
        lab,
        "
- hosts: web1
  tasks:
    - copy: { content: \"vm.swappiness = 17\\n\", dest: /etc/sysctl.d/99-reboot.conf }
    - command: cat /proc/sys/kernel/random/boot_id
      register: before
    - reboot: { reboot_timeout: 60, test_command: ip address show dev lo | grep -q 203.0.113.168 }
      register: back
    - command: cat /proc/sys/vm/swappiness /proc/sys/kernel/random/boot_id
      register: after
    - assert:
        that:
          - back.rebooted and back is changed
          - after.stdout_lines[0] == '17' and after.stdout_lines[1] != before.stdout
",
    );
    report.ends_with(0);
    assert_eq!(report.state("web1"), "done", "{report}");
    // One run has one journal, also over a boot.
    let journals = "cd /var/lib/lvsctl/journal && grep -l 99-reboot.conf *.jsonl | xargs grep -c vm/swappiness";
    assert_eq!(lab.on("web1", journals).trim(), "2", "{report}");
    lab.cluster(lab.file("services.yml", &services("dr"))).is_reached();
}

#[track_caller]
fn a_node_that_does_not_come_back_is_told(lab: &Lab) {
    let report = playbook(
        lab,
        "
- hosts: web1
  tasks:
    - reboot: { reboot_command: poweroff, reboot_timeout: 4, connect_timeout: 2 }
    - command: touch /root/never
",
    );
    report.ends_with(1);
    let (_, failure) = report.failure("web1");
    assert_eq!(failure.tried, "see the node come back within 4 s after its reboot", "{report}");
    assert!(failure.came_back.starts_with("at last lvsctl failed to "), "{report}");
    lab.ok(&["lab", "up"]);
    lab.on("web1", "test ! -e /root/never");
}

#[track_caller]
fn what_a_person_wrote_is_a_conflict(lab: &Lab) {
    let cluster = lab.cluster(lab.file("services.yml", &services("nat")));
    lab.on("web1", "cp /etc/network/interfaces /root/; echo 'iface eth1 inet dhcp' >>/etc/network/interfaces");
    let apply = cluster.apply();
    apply.ends_with(1);
    let (task, failure) = apply.failure("web1");
    assert_eq!(task, Some("Network"), "{apply}");
    assert!(failure.came_back.starts_with("/etc/network/interfaces:2: `iface eth1 inet dhcp`"), "{apply}");
    assert!(failure.hint.is_some_and(|hint| hint.contains("lvs_network_takeover: true")), "{apply}");
    assert_eq!(lab.on("web1", "ls /etc/network/interfaces.d"), "");
    lab.on("web1", "cp /root/interfaces /etc/network/interfaces");
}

/// In ten applies two nodes lose their power, each at a moment of its own, and with the first of them the controller.
#[test]
fn power_cuts_at_twenty_moments_of_applies_leave_nothing_that_the_next_apply_does_not_mend() {
    let lab = Lab::up("cut", 2);
    let mut moments = Moments::new();
    lab.cluster(lab.file("services.yml", &services("dr"))).apply().ends_with(0);
    let start = Instant::now();
    lab.cluster(lab.file("services.yml", &services("tun"))).apply().ends_with(0);
    let length = start.elapsed();
    for round in 0..10 {
        let method = ["nat", "tun", "dr"][round % 3];
        let cluster = lab.cluster(lab.file("services.yml", &services(method)));
        let first = moments.below(3);
        let second = (first + 1 + moments.below(2)) % 3;
        let (early, late) = (moments.within(length), moments.within(length));
        let cuts = [(NODES[first], early.min(late)), (NODES[second], early.max(late))];
        let told = format!("round {round}, {method}, cut {cuts:?} of {length:?}, {}", moments.told);
        println!("{told}");
        let (start, mut apply) = (Instant::now(), cluster.start_apply());
        for (node, moment) in cuts {
            thread::sleep(moment.saturating_sub(start.elapsed()));
            lab.ok(&["lab", "poweroff", node]);
        }
        // It may have ended.
        let _ = apply.kill();
        apply.wait().expect("wait for lvsctl");
        lab.ok(&["lab", "up"]);
        for (node, _) in cuts {
            assert_eq!(lab.on(node, TORN), "", "on {node}, {told}");
            for record in ["owned", "boot/network", "boot/real_server", "boot/director"] {
                let text = lab.on(node, &format!("cat /var/lib/lvsctl/{record}.json 2>/dev/null || echo []"));
                assert!(serde_json::from_str::<Value>(&text).is_ok(), "{record} on {node}, {told}: {text}");
            }
        }
        // The agents of nodes that kept their power end by themselves.
        for node in NODES.iter().filter(|node| cuts.iter().all(|(cut, _)| cut != *node)) {
            lab.on(node, "[ ! -e /var/lib/lvsctl/lock ] || flock --timeout 60 /var/lib/lvsctl/lock true");
        }
        let mended = cluster.apply();
        assert_eq!(mended.status(), Some(0), "{told}\n{mended}\n{}", connections(&lab));
        cluster.is_reached();
        for (node, _) in cuts {
            assert_eq!(lab.on(node, &format!("{TORN} {STALE}")), "", "on {node}, {told}");
        }
    }
    lab.cluster(lab.file("services.yml", &services("nat"))).verify(60);
}

/// Files that are not whole: a program that is not what its name says, a text without its end, JSON that is none.
const TORN: &str = "
    cd /var/lib/lvsctl 2>/dev/null || exit 0
    for agent in agent/*; do
        [ ! -e $agent ] || [ $(sha256sum <$agent | cut -c1-64) = ${agent#agent/} ] || echo $agent is not whole
    done
    for file in /etc/network/interfaces.d/* /etc/sysctl.d/*lvsctl* /etc/modules-load.d/lvsctl* /etc/init.d/lvsctl-* \
        boot/*.json; do
        [ ! -e $file ] || [ \"$(tail -c1 $file | od -An -tx1)\" = ' 0a' ] || echo $file is not whole
    done
";

/// What a replacement leaves beside its file until the next one; what is kept of a run is never replaced.
const STALE: &str = "
    find / -xdev -name '.lvsctl-*' -not -path '/var/lib/lvsctl/backup/*'
";

/// Moments by chance, from a seed that is told and can be given: `LVSCTL_SEED`.
struct Moments {
    state: u64,
    told: String,
}

impl Moments {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.subsec_nanos().into());
        let seed = std::env::var("LVSCTL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(now);
        Self { state: seed, told: format!("LVSCTL_SEED={seed}") }
    }

    /// The next number (Vigna's splitmix64).
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() % bound as u64).expect("it is below the bound")
    }

    fn within(&mut self, length: Duration) -> Duration {
        Duration::from_millis(self.number() % u64::try_from(length.as_millis()).expect("it is some seconds"))
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

/// What director and client know of connections.
fn connections(lab: &Lab) -> String {
    let client = lab.on("client", "cat /proc/net/tcp");
    format!("{}\n{client}", lab.on("lvs", "cat /proc/net/ip_vs_conn; ipvsadm -Ln"))
}

/// What the boots say.
fn restored(lab: &Lab) -> String {
    NODES.map(|node| format!("--- {node}\n{}", lab.ok(&["lab", "console", node]))).concat()
}
