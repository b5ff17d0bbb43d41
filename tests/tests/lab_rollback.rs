//! What runs did to a cluster is told, and taken back: the last one, all since one, or at once on every node where one of
//! them fails. Nodes are compared as text, and a download through the VIP goes on all the time.

use std::{process::Command, thread};

use lvsctl_tests::{Cluster, Download, Lab, Report};

const NODES: [&str; 5] = ["lvs", "web1", "web2", "web3", "client"];

/// The download goes through this real server, which is in every state of the cluster.
const UNTOUCHED: &str = "192.168.0.1";

const FIRST: State =
    State { real_servers: "[{ host: web1, weight: 1 }, { host: web2, weight: 1 }]", text: "one", number: 600 };
/// A weight, a real server more and one less, a file, a setting.
const SECOND: State =
    State { real_servers: "[{ host: web1, weight: 3 }, { host: web3, weight: 2 }]", text: "two", number: 700 };
const THIRD: State = State {
    real_servers: "[{ host: web1, weight: 5 }, { host: web2, weight: 1 }, { host: web3, weight: 1 }]",
    text: "three",
    number: 800,
};

/// What a cluster is asked to be.
#[derive(Clone, Copy)]
struct State {
    real_servers: &'static str,
    text: &'static str,
    number: u32,
}

/// The cluster, and then what a user's own playbook does on every node; it may be asked to fail on one of them.
const PLAYBOOK: &str = "
- import_playbook: site.yml
- hosts: all
  gather_facts: false
  tasks:
    - name: A file that was there
      copy: { content: \"{{ text }}\\n\", dest: /etc/issue }
    - name: A folder
      file: { path: /srv/own, state: directory, mode: '0750' }
    - name: A file in it
      copy: { content: \"{{ text }}\\n\", dest: /srv/own/new.conf }
    - name: A setting
      sysctl: { name: net.ipv4.tcp_keepalive_time, value: '{{ number }}', state: present }
    - name: What goes wrong
      command: 'false'
      when: fails | default('') == inventory_hostname
";

/// Files, addresses, routes, settings, the table.
const LOOK: &str = "cd /; find etc srv var/lib/lvsctl/boot -xdev -printf '%p %m %u %g %l %y\\n' | sort; \
    find etc srv var/lib/lvsctl/boot -xdev -type f ! -name ld.so.cache -exec sha256sum {} + | sort; \
    ip -o address show | sed 's/  *valid_lft.*//'; { ip route; ip -6 route; } | sed 's/ proto [a-z]*//'; \
    ipvsadm -Sn 2>/dev/null; grep -r . $(ls -d proc/sys/net/ipv4/* | grep -E '/(conf|vs|ip_forward|tcp_keepalive_time)$') | sort; \
    cat /var/lib/lvsctl/owned.json";

#[test]
fn runs_on_a_cluster_are_told_and_taken_back_while_it_is_in_use() {
    let lab = Lab::up("rollback", 3);
    let cluster = lab.cluster(lab.file("services.yml", ""));
    let playbook = lab.file("own.yml", PLAYBOOK).display().to_string();
    let apply = |state: State, more: &[&str]| {
        lab.file("services.yml", &services(state.real_servers));
        let (text, number) = (format!("text={}", state.text), format!("number={}", state.number));
        let words = ["apply", &playbook, "--yes", "--output", "json", "-e", &text, "-e", &number];
        Report::of(cluster.command(&[&words, more].concat()))
    };
    apply(FIRST, &[]).ends_with(0);
    let first = nodes(&lab);
    let mut download = Download::through(&lab, UNTOUCHED);

    apply(SECOND, &[]).ends_with(0);
    let second = nodes(&lab);
    assert_ne!(first, second);
    let runs = history(&cluster);
    assert_eq!(runs.len(), 2, "{runs:#?}");
    for run in &runs {
        assert_eq!(run["taken_back"], false, "{run:#?}");
        for node in NODES {
            assert!(run["hosts"][node]["changes"].as_u64().is_some_and(|changes| changes > 0), "{node}: {run:#?}");
        }
    }

    // The last one.
    apply(THIRD, &[]).ends_with(0);
    let check = Report::of(cluster.command(&["rollback", "--check", "--output", "json"]));
    check.ends_with(0);
    assert!(
        check.changes("lvs").iter().any(|change| change.contains("taken back: ipvs tcp 203.0.113.168:80")),
        "{check}"
    );
    take_back(&cluster, &[]);
    are_as(&lab, &second);
    assert!(download.runs(), "taking back broke the download");

    // All since one that still stand; a real server that had left is sent to again.
    take_back(&cluster, &["--to", runs[0]["run"].as_str().expect("a run has a name")]);
    are_as(&lab, &first);
    let taken_back: Vec<bool> = history(&cluster).iter().map(|run| run["taken_back"] == true).collect();
    assert_eq!(taken_back, [false, true, true]);

    // It fails on one node when all others are through.
    let failed = apply(SECOND, &["-e", "fails=web3", "--rollback", "cluster"]);
    failed.ends_with(1);
    assert_eq!(failed.failure("web3").0, Some("What goes wrong"), "{failed}");
    assert!(failed.to_string().contains("the cluster is as it was before this run"), "{failed}");
    are_as(&lab, &first);
    assert!(download.runs(), "taking back broke the download");

    download.ends_whole();
    lab.file("services.yml", &services(FIRST.real_servers));
    cluster.verify(60);
}

fn services(real_servers: &str) -> String {
    format!(
        "all:
  vars:
    lvs_services:
      - name: www
        vip: 203.0.113.168
        port: 80
        scheduler: wrr
        forward: dr
        real_servers: {real_servers}
"
    )
}

#[track_caller]
fn take_back(cluster: &Cluster<'_>, more: &[&str]) {
    let words = ["rollback", "--yes", "--output", "json"];
    let command: Command = cluster.command(&[&words, more].concat());
    Report::of(command).ends_with(0);
}

/// The runs, the oldest first, but for those that took others back.
#[track_caller]
fn history(cluster: &Cluster<'_>) -> Vec<serde_json::Value> {
    let report = Report::of(cluster.command(&["history", "--output", "json"]));
    report.ends_with(0);
    let is_back = |run: &&serde_json::Value| run["run"].as_str().is_some_and(|run| run.ends_with(".back"));
    report.lines().iter().filter(|run| !is_back(run)).cloned().collect()
}

fn nodes(lab: &Lab) -> Vec<String> {
    thread::scope(|scope| {
        let looks = NODES.map(|node| scope.spawn(move || lab.on(node, LOOK)));
        looks.into_iter().map(|look| look.join().expect("a look fails by itself")).collect()
    })
}

#[track_caller]
fn are_as(lab: &Lab, before: &[String]) {
    for ((node, before), now) in NODES.iter().zip(before).zip(nodes(lab)) {
        let lost =
            before.lines().filter(|line| !now.lines().any(|other| other == *line)).map(|line| format!("- {line}"));
        let new =
            now.lines().filter(|line| !before.lines().any(|other| other == *line)).map(|line| format!("+ {line}"));
        assert_eq!(lost.chain(new).collect::<Vec<_>>(), Vec::<String>::new(), "{node} is not as before");
    }
}
