//! A running cluster is changed: a weight, one real server more, one less; a download goes on meanwhile.

use lvsctl_tests::{Download, Lab, Report};

/// The cluster before and after; the download must run through a real server that is in both, unchanged.
const BEFORE: &str = "[{ host: web1, weight: 1 }, { host: web2, weight: 1 }, { host: web3, weight: 1 }]";
const AFTER: &str = "[{ host: web1, weight: 3 }, { host: web3, weight: 1 }, { host: web4, weight: 2 }]";
const UNTOUCHED: &str = "192.168.0.3";

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

#[test]
fn a_change_does_just_what_the_plan_shows_and_breaks_no_download_and_nothing_of_others() {
    let lab = Lab::up("change", 4);
    let cluster = lab.cluster(lab.file("services.yml", &services(BEFORE)));
    cluster.apply().ends_with(0);
    cluster.verify(60);

    // A person is at work on the director, too.
    lab.on("lvs", "ip address add 203.0.113.77/32 dev eth1");
    lab.on("lvs", "ipvsadm -A -t 203.0.113.77:8080 -s rr && ipvsadm -a -t 203.0.113.77:8080 -r 192.168.0.1:8080 -m");
    let of_others = table(&lab, "203.0.113.77");
    cluster.is_reached();

    let mut download = Download::through(&lab, UNTOUCHED);
    lab.file("services.yml", &services(AFTER));

    let plan = cluster.plan();
    plan.ends_with(2);
    expect_just_the_change(&plan);
    assert!(download.runs(), "the plan broke the download");

    let apply = cluster.apply();
    apply.ends_with(0);
    expect_just_the_change(&apply);
    assert!(download.runs(), "the change broke the download");
    assert_eq!(download.real_server(), UNTOUCHED);
    download.ends_whole();

    let mine = table(&lab, "203.0.113.168");
    assert_eq!(
        mine,
        "-A -t 203.0.113.168:80 -s wrr\n\
         -a -t 203.0.113.168:80 -r 192.168.0.1:80 -g -w 3\n\
         -a -t 203.0.113.168:80 -r 192.168.0.3:80 -g -w 1\n\
         -a -t 203.0.113.168:80 -r 192.168.0.4:80 -g -w 2\n"
    );
    cluster.verify(60);
    cluster.is_reached();
    nothing_is_left_on_web2(&lab);

    assert_eq!(table(&lab, "203.0.113.77"), of_others, "what a person made was changed");
    assert!(lab.on("lvs", "ip -oneline address show dev eth1").contains("203.0.113.77/32"));
    lvsctl_takes_everything_back_but_what_others_made(&lab, &of_others);
}

/// The differences on all nodes, wherever they come from: `plan` and `apply` alike.
#[track_caller]
fn expect_just_the_change(report: &Report) {
    let director = [
        "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1 -> dr weight 3",
        "+ ipvs tcp 203.0.113.168:80 -> 192.168.0.4:80: dr weight 2",
        "- ipvs tcp 203.0.113.168:80 -> 192.168.0.2:80: dr weight 1",
    ];
    let changes = report.changes("lvs");
    let (table, more) = changes.split_at(director.len().min(changes.len()));
    assert_eq!(table, director, "{report}");
    // What a boot restores changes with the table.
    assert!(matches!(more, [boot] if boot.starts_with("~ file /var/lib/lvsctl/boot/director.json: ")), "{report}");
    for host in ["web1", "web3", "client"] {
        assert_eq!(report.changes(host), Vec::<String>::new(), "{report}");
    }
    let becomes = report.changes("web4");
    for part in ["sysctl net.ipv4.conf.all.arp_ignore: 0 -> 1", "+ address 203.0.113.168/32 dev lo"] {
        assert!(becomes.iter().any(|change| change.contains(part)), "web4 lacks `{part}`: {becomes:#?}");
    }
    let leaves = report.changes("web2");
    for part in ["- address 203.0.113.168/32 dev lo", "sysctl net.ipv4.conf.all.arp_ignore: 1 -> 0"] {
        let (sign, part) = part.split_at(if part.starts_with("- ") { 2 } else { 0 });
        let expected = format!("{sign}no longer wanted: {part}");
        assert!(leaves.iter().any(|change| change.contains(&expected)), "web2 lacks `{expected}`: {leaves:#?}");
    }
    assert!(leaves.iter().all(|change| change.contains("no longer wanted: ")), "{leaves:#?}");
}

#[track_caller]
fn nothing_is_left_on_web2(lab: &Lab) {
    assert!(!lab.on("web2", "ip -oneline address").contains("203.0.113.168"));
    let settings = lab.on("web2", "cd /proc/sys/net/ipv4/conf/all && cat arp_ignore arp_announce");
    assert_eq!(settings, "0\n0\n");
    assert_eq!(lab.on("web2", "grep -rl 203.0.113.168 /etc/network /etc/sysctl.d || :"), "");
}

/// An inventory without services leaves nodes as they were before lvsctl came.
#[track_caller]
fn lvsctl_takes_everything_back_but_what_others_made(lab: &Lab, of_others: &str) {
    let cluster = lab.cluster(lab.file("services.yml", "all: { vars: { lvs_services: [] } }\n"));
    cluster.apply().ends_with(0);
    assert_eq!(table(lab, "203.0.113.168"), "");
    assert_eq!(table(lab, "203.0.113.77"), of_others);
    let addresses = lab.on("lvs", "ip -oneline address show dev eth1");
    assert!(addresses.contains("203.0.113.77/32") && !addresses.contains("203.0.113.168"), "{addresses}");
    cluster.is_reached();
}

/// The part of the director's table with this VIP, as `ipvsadm -Sn` has it.
fn table(lab: &Lab, vip: &str) -> String {
    let mut lines: Vec<String> = lab
        .on("lvs", "ipvsadm -Sn")
        .lines()
        .filter(|line| line.contains(&format!(" {vip}:")))
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    lines.sort();
    lines.concat()
}
