//! Nodes with systemd and systemd-networkd: a roll-out survives a reboot, services are driven through real units, and a
//! teardown leaves nothing.

use std::{collections::BTreeSet, time::Duration};

use lvsctl_tests::{Answers, Client, Lab, Report};

const VIP: &str = "203.0.113.168";
const NODES: [&str; 4] = ["lvs", "web1", "web2", "client"];
const UNITS: [&str; 2] = ["lvsctl-early", "lvsctl-restore"];

/// Two in three of the connections go to web2. The director answers for the VIP on a device that networkd configures.
const SERVICES: &str = "all:
  vars:
    lvs_services:
      - name: www
        vip: 203.0.113.168
        port: 80
        scheduler: wrr
        forward: dr
        real_network: 192.168.0.0/24
        real_servers: [{ group: web }, { host: web2, weight: 2 }]
";

/// A unit of a user's, in its first and its second text.
const PROBE: &str = "
- hosts: web1
  tasks:
    - copy:
        dest: /etc/systemd/system/probe.service
        content: \"[Unit]\\nDescription={{ text }}\\n[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n\"
      register: unit
    - systemd: { name: probe, state: \"{{ 'restarted' if unit.changed else 'started' }}\", enabled: true, daemon_reload: true }
";

const MASKED: &str = "
- hosts: web1
  tasks:
    - systemd: { name: probe.service, state: stopped, enabled: false }
    - systemd: { name: fstrim.timer, masked: false }
    - systemd: { name: fstrim.timer, state: started, enabled: true }
";

#[test]
fn nodes_with_systemd_are_whole_after_a_reboot_and_as_before_after_a_teardown() {
    let lab = Lab::down("systemd");
    lab.ok(&["lab", "up", "--nodes", "2", "--family", "systemd"]);
    let before = NODES.map(|node| state(&lab, node));
    let cluster = lab.cluster(lab.file("services.yml", SERVICES));
    cluster.apply().ends_with(0);
    cluster.is_reached();
    // By systemd itself, side by side; and by the lab, as Ctrl-Alt-Del.
    let [first @ .., last] = NODES;
    let boots = |node: &str| lab.ok(&["lab", "console", node]).matches(" ready boot_id=").count();
    for node in first {
        lab.on(node, "systemctl reboot");
    }
    lab.ok(&["lab", "reboot", last]);
    for node in first {
        Lab::wait_until("the node has booted again", Duration::from_mins(1), || boots(node) == 2);
    }
    let client = Client::of(&lab);
    let expected = Answers::from([("web1".to_owned(), 10), ("web2".to_owned(), 20)]);
    assert_eq!(client.http(VIP, 30), expected, "{}", NODES.map(|node| told(&lab, node)).concat());
    only_the_director_answers_arp(&lab);
    cluster.is_reached();
    for node in NODES {
        is_booted_in_order(&lab, node);
    }

    services_are_those_of_systemd(&lab);
    Report::of(cluster.command(&["teardown", "--yes", "--output", "json"])).ends_with(0);
    for (node, before) in NODES.iter().zip(&before) {
        let after = state(&lab, node);
        let (before, after): (BTreeSet<_>, BTreeSet<_>) = (before.lines().collect(), after.lines().collect());
        let differ: Vec<_> = before.symmetric_difference(&after).collect();
        assert!(differ.is_empty(), "{node}: {differ:#?}");
        assert_eq!(lab.on(node, "systemctl daemon-reload; systemctl is-system-running"), "running\n", "{node}");
    }
}

/// Nothing failed; the settings and the table were there before networkd began, and all else was tried after it had.
#[track_caller]
fn is_booted_in_order(lab: &Lab, node: &str) {
    let text = lab.on(node, BOOTED);
    let all = || format!("{node}\n{text}{}", told(lab, node));
    let is_told = |line: &str| text.lines().any(|told| told == line);
    for expected in ["running", "systemd"] {
        assert!(is_told(expected), "{expected} of {}", all());
    }
    for unit in UNITS {
        assert!(is_told(&format!("{unit} active success enabled")), "{unit} of {}", all());
    }
    // What systemd-analyze says against a unit, and where networkd gave up since somebody was in its way.
    assert!(!text.contains("lvsctl-early.service:") && !text.contains("lvsctl-restore.service:"), "{}", all());
    assert!(!text.contains("ADMIN_STATE=failed"), "{}", all());
    let at = |what: &str| {
        let moment = text.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(" at ")).expect("a moment");
        moment.parse::<u64>().expect("microseconds since the boot")
    };
    let order = ["settings", "early", "networkd", "restore"].map(at);
    assert!(order.is_sorted(), "{order:?} of {}", all());
}

/// Asked at once, since each call takes a while.
const BOOTED: &str = "
    cat /proc/1/comm
    systemctl is-system-running
    systemd-analyze verify --man=no lvsctl-early.service lvsctl-restore.service 2>&1
    grep -h ADMIN_STATE /run/systemd/netif/links/*
    for unit in lvsctl-early lvsctl-restore; do
        echo $unit $(systemctl show --value --property=ActiveState $unit) \
            $(systemctl show --value --property=Result $unit) $(systemctl is-enabled $unit)
    done
    moment() { echo $1 at $(systemctl show --value --property=$3 $2); }
    moment settings systemd-sysctl ExecMainExitTimestampMonotonic
    moment early lvsctl-early ExecMainExitTimestampMonotonic
    moment networkd systemd-networkd ExecMainStartTimestampMonotonic
    moment restore lvsctl-restore ExecMainStartTimestampMonotonic
";

/// Modules for services, against real units.
fn services_are_those_of_systemd(lab: &Lab) {
    let cluster = lab.cluster(lab.file("services.yml", SERVICES));
    let probe = lab.file("probe.yml", PROBE).display().to_string();
    let play = |file: &str, text: &str| {
        Report::of(cluster.command(&[
            "apply",
            file,
            "--yes",
            "--output",
            "json",
            "--extra-vars",
            &format!("text={text}"),
        ]))
    };
    let shown =
        || lab.on("web1", "systemctl show --value --property=Description,ActiveState,UnitFileState,MainPID probe");
    play(&probe, "one").ends_with(0);
    let first = shown();
    assert!(["one\n", "active\n", "enabled\n"].iter().all(|word| first.contains(word)), "{first}");
    play(&probe, "one").changed_nothing();
    assert_eq!(shown(), first);
    play(&probe, "two").ends_with(0);
    let second = shown();
    assert!(second.contains("two\n") && second.contains("active\n"), "{second}");
    let pid = |shown: &str| shown.lines().find(|line| line.parse::<u32>().is_ok()).map(str::to_owned);
    assert_ne!(pid(&first), pid(&second), "it was not restarted");

    let masked = lab.file("masked.yml", MASKED).display().to_string();
    let report = play(&masked, "two");
    report.ends_with(0);
    let changes = report.changes("web1");
    for change in ["~ service probe at boot: enabled -> disabled", "~ service probe: running -> stopped"] {
        assert!(changes.iter().any(|found| found == change), "{change}: {changes:#?}");
    }
    play(&masked, "two").changed_nothing();
    let timer = lab.on("web1", "systemctl is-active fstrim.timer; systemctl is-enabled fstrim.timer");
    assert_eq!(timer, "active\nenabled\n");

    let bad = "- hosts: web1\n  tasks:\n    - service: { name: systemd-pstore, state: started }\n";
    let bad = lab.file("bad.yml", bad).display().to_string();
    let report = play(&bad, "two");
    report.ends_with(1);
    let (_, failure) = report.failure("web1");
    assert!(failure.came_back.contains("is masked"), "{report}");
}

/// Asked by the client, which is on the link of the VIP.
#[track_caller]
fn only_the_director_answers_arp(lab: &Lab) {
    let mac = lab.on("lvs", "cat /sys/class/net/eth1/address").trim().to_uppercase();
    let answers = lab.on("client", &format!("arping -c 3 -I eth0 {VIP} | sed -n 's/.*\\[\\(.*\\)\\].*/\\1/p'"));
    assert_eq!(answers.lines().collect::<BTreeSet<_>>(), BTreeSet::from([mac.as_str()]), "{answers}");
}

/// Files, units, addresses and routes of a node.
fn state(lab: &Lab, node: &str) -> String {
    lab.on(
        node,
        "find /etc /srv /usr/lib/systemd -xdev ! -name ld.so.cache -printf '%p %m %u %g %l %y\\n'
        find /etc /usr/lib/systemd -xdev -type f ! -name ld.so.cache -exec sha256sum {} +
        ip -o address show | sed 's/  *valid_lft.*//; s/ nodad//; s/ *\\\\$//'; ip route; ip -6 route; dpkg-query -W",
    )
}

/// What systemd has to say of the boot of a node.
fn told(lab: &Lab, node: &str) -> String {
    let text =
        "systemctl --failed --no-legend; journalctl --boot --output=short-monotonic -u systemd-networkd -u 'lvsctl-*'";
    format!("--- {node}\n{}", lab.on(node, text))
}
