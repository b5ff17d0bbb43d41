//! A running cluster is changed: a weight, one real server more, one less; a download goes on meanwhile.

use std::{
    process::Child,
    time::{Duration, Instant},
};

use lvsctl_tests::{Lab, Report};

/// Size of `/big` on the lab's web servers.
const BIG: u64 = 64 << 20;
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
    assert_eq!(report.changes("lvs"), director, "{report}");
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

/// A download through the VIP by the client.
struct Download<'a> {
    lab: &'a Lab,
    child: Child,
}

impl<'a> Download<'a> {
    /// Starts one that goes through this real server; others are ended at once.
    fn through(lab: &'a Lab, real_server: &str) -> Self {
        for _ in 0..12 {
            let mut download = Self::start(lab);
            if download.real_server() == real_server {
                return download;
            }
            download.end();
        }
        panic!("in 12 turns no download went through {real_server}");
    }

    fn start(lab: &'a Lab) -> Self {
        lab.on("client", "rm -f /tmp/go");
        // A trickle keeps the connection busy until the test lets it go on, however long that takes.
        let curl = "curl --silent --show-error --max-time 300 http://203.0.113.168/big |
            { until [ -e /tmp/go ]; do head -c 65536; sleep 0.2; done; cat; } | cksum";
        let child = lab.start(&["lab", "exec", "client", "--", "sh", "-c", curl]);
        Self { lab, child }
    }

    /// The real server behind it: the one with an established connection from the client.
    fn real_server(&mut self) -> String {
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            let established = self.established();
            if let [only] = established.as_slice() {
                return only.clone();
            }
            assert!(self.runs(), "the download ended at once");
            assert!(Instant::now() < end, "no single connection is established: {established:?}");
        }
    }

    /// `TCP CB00710A D5C2 CB0071A8 0050 C0A80003 0050 ESTABLISHED 890`
    fn established(&self) -> Vec<String> {
        let table = self.lab.on("lvs", "cat /proc/net/ip_vs_conn");
        let words = table.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
        let mine = words.filter(|words| words.get(7) == Some(&"ESTABLISHED"));
        mine.map(|words| address(words[5])).collect()
    }

    fn runs(&mut self) -> bool {
        self.child.try_wait().expect("look for the download").is_none()
    }

    /// Breaks it off, and waits until the director has seen that.
    fn end(mut self) {
        self.lab.on("client", "pkill curl; touch /tmp/go");
        self.child.wait().expect("wait for the download");
        Lab::wait_until("the connection is no longer established", Duration::from_secs(15), || {
            self.established().is_empty()
        });
    }

    /// Waits for its end: the client has every byte that the web server has.
    fn ends_whole(self) {
        let Self { lab, child } = self;
        lab.on("client", "touch /tmp/go");
        let output = child.wait_with_output().expect("wait for the download");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "the download was broken: {errors}");
        let sum = String::from_utf8_lossy(&output.stdout);
        assert_eq!(sum, lab.on("web3", "cksum </var/www/html/big"));
        assert!(sum.contains(&BIG.to_string()), "{sum}");
    }
}

fn address(hex: &str) -> String {
    let number = u32::from_str_radix(hex, 16).expect("an address is eight hexadecimal digits");
    std::net::Ipv4Addr::from_bits(number).to_string()
}
