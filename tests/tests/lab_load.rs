//! Steady load through the VIP while everything around it is changed a hundred times: not one request fails.

use std::{fmt::Write as _, time::Instant};

use lvsctl_tests::{Account, Cluster, Connections, Lab, Load};

const VIP: &str = "203.0.113.168";
const ROUNDS: u32 = 100;

/// Every such round goes through `lvsctl apply`, the others through `lvs-agent ipvs apply` on the director.
const WHOLE: u32 = 6;

/// The web servers beside `web1`, which stays as it is.
const OTHERS: std::ops::RangeInclusive<u32> = 2..=4;

/// The weight of a real server in a round, of those from 0 (it is quiesced) to 3; in one of five rounds it is not there.
fn weight(round: u32, web: u32) -> Option<u32> {
    let turn = round * (web + 1) + round / 7 + web;
    (!turn.is_multiple_of(5)).then_some(turn % 4)
}

/// The real servers of the loaded service that the inventory of a round has.
fn members(round: u32) -> Vec<(u32, u32)> {
    OTHERS.filter_map(|web| Some((web, weight(round, web)?))).collect()
}

/// The inventory of a round: the loaded service, and others that come and go with VIPs of their own.
fn inventory(round: u32) -> String {
    let entry = |(web, weight): (u32, u32)| format!("{{ host: web{web}, weight: {weight} }}");
    let service = |name: &str, vip: &str, port: u32, servers: Vec<(u32, u32)>| {
        let servers: Vec<_> = servers.into_iter().map(entry).collect();
        format!(
            "      - {{ name: {name}, vip: {vip}, port: {port}, scheduler: wrr, forward: dr, real_servers: [{}] }}\n",
            servers.join(", ")
        )
    };
    let mut text = "all:\n  vars:\n    lvs_services:\n".to_owned();
    text += &service("loaded", VIP, 80, [(1, 2)].into_iter().chain(members(round)).collect());
    let turn = round / WHOLE;
    text += &service("beside", VIP, 8080, vec![(1 + turn % 4, 1 + turn % 3)]);
    if turn.is_multiple_of(2) {
        text += &service("other", "203.0.113.77", 80, vec![(1, 1), (2 + turn % 3, 1)]);
    }
    text
}

/// The table of a round by hand: the loaded service with those real servers that the last inventory has, now and then
/// without one of them, and services that nobody asks.
fn table(round: u32) -> String {
    let mut table = format!("-A -t {VIP}:80 -s wrr\n-a -t {VIP}:80 -r 192.168.0.1:80 -g -w 2\n");
    for (web, _) in members(round - round % WHOLE) {
        if let Some(weight) = weight(round, web) {
            let _ = writeln!(table, "-a -t {VIP}:80 -r 192.168.0.{web}:80 -g -w {weight}");
        }
    }
    for port in (8000..8006).filter(|port| !((round + port) % 7).is_multiple_of(3)) {
        let scheduler = ["rr", "wlc", "sh"][(round / 3 + port) as usize % 3];
        let _ = writeln!(table, "-A -t {VIP}:{port} -s {scheduler}");
        for web in (1..=4).filter(|web| weight(round + port, *web).is_some()) {
            let _ = writeln!(table, "-a -t {VIP}:{port} -r 192.168.0.{web}:8080 -m -w {}", (round + web) % 5);
        }
    }
    table
}

/// Applies rounds by hand, one after the other.
fn by_hand(lab: &Lab, rounds: std::ops::Range<u32>) {
    let mut script = "set -e; agent=$(echo /var/lib/lvsctl/agent/*)\n".to_owned();
    for round in rounds {
        let _ = writeln!(script, "cat >/root/table <<'END'\n{}END", table(round));
        script += "$agent ipvs apply --purge /root/table >/root/said 2>&1 || { cat /root/said >&2; exit 1; }\n";
    }
    lab.on("lvs", &script);
}

#[test]
fn a_hundred_rounds_of_changes_around_it_cost_a_loaded_service_not_one_request() {
    let lab = Lab::up("load", 4);
    Load::prepare(&lab, 4);
    let cluster = lab.cluster(lab.file("services.yml", &inventory(0)));
    cluster.apply().ends_with(0);

    let url = format!("http://{VIP}:80/");
    let start = Instant::now();
    let loads = [Connections::New, Connections::Kept].map(|connections| Load::start(&lab, connections, &url));
    let (mut whole, mut waited) = (0, 0);
    let mut round = 1;
    while round <= ROUNDS {
        if round.is_multiple_of(WHOLE) {
            waited += changes_of(&lab, &cluster, round);
            whole += 1;
            round += 1;
        } else {
            let end = (round / WHOLE + 1) * WHOLE;
            by_hand(&lab, round..end.min(ROUNDS + 1));
            round = end;
        }
    }
    let accounts = Load::end(loads);
    println!("{ROUNDS} rounds, {whole} of them by lvsctl apply, in {} s", start.elapsed().as_secs());
    println!("{waited} times a real server was waited for");
    for (kind, account) in ["new", "kept"].iter().zip(&accounts) {
        println!("{kind} connections: {account:?}");
        expect_no_failure(account);
    }
    assert!(whole >= 15 && waited > 0, "{whole} {waited}");
    a_failure_is_seen(&lab, &url);
}

/// A round by `lvsctl apply`; gives how often it said that it waits for a connection's end.
fn changes_of(lab: &Lab, cluster: &Cluster<'_>, round: u32) -> usize {
    lab.file("services.yml", &inventory(round));
    let apply = cluster.apply();
    apply.ends_with(0);
    let waits = |line: &&serde_json::Value| line["line"].as_str().is_some_and(|line| line.contains("; waiting up to "));
    apply.events("output").filter(waits).count()
}

#[track_caller]
fn expect_no_failure(account: &Account) {
    assert_eq!(account.failures(), 0, "{account:?}");
    assert!(account.answered() > 1000, "{account:?}");
    // All four took part.
    assert_eq!(account.answers().len(), 4, "{account:?}");
}

/// The same load does count what fails, when the service is away for a moment.
fn a_failure_is_seen(lab: &Lab, url: &str) {
    let loads = [Connections::New, Connections::Kept].map(|connections| Load::start(lab, connections, url));
    lab.on("lvs", "sleep 1; ipvsadm -C; sleep 1");
    let accounts = Load::end(loads);
    assert!(accounts.iter().all(|account| account.failures() > 0), "{accounts:?}");
}
