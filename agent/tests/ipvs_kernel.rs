//! The IPVS table against a real kernel that has IPVS.
//!
//! The tests flush the table, so that they run only where they are told to: on a lab node, as root, with
//! `LVSCTL_ON_LAB_NODE=1` and `--test-threads=1`. Elsewhere each says aloud that it was skipped. What they make is
//! compared with what `ipvsadm -Sn` sees, where ipvsadm is installed.
#![expect(clippy::unwrap_used, reason = "everything here is a test")]

use std::{
    collections::BTreeSet,
    env, fmt, fs,
    io::{self, Read, Write},
    net::{IpAddr, TcpListener, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use lvs_agent::{
    converge::Converge,
    ipvs::{Connections, Director, live_table},
    state::{
        Forwarding, Fwmark, IpvsTable, Persistence, Protocol, RealServer, Resource, Scheduler, ServiceFlags,
        ServiceKey, SyncDaemon, SyncRole, Timeouts, TunnelChecksum, TunnelKind, VirtualService, Weight,
    },
    wire::{Change, ConnectionFilter, Failure, ServerName},
};

/// `true` on a lab node, with an empty table, a route to everywhere and the module loaded.
fn on_a_lab_node(test: &str) -> bool {
    if env::var_os("LVSCTL_ON_LAB_NODE").is_none_or(|value| value != "1") {
        skip(format_args!("{test}: this is no lab node (LVSCTL_ON_LAB_NODE=1 is not set)"));
        return false;
    }
    run("ip", "link set lo up");
    // Real servers need a route, not a machine: any address on the node's own loopback device will do as a gateway.
    let _ = Command::new("ip").args(["route", "add", "192.168.0.0/16", "dev", "lo"]).output();
    let _ = Command::new("ip").args(["-6", "route", "add", "2001:db8::/32", "dev", "lo"]).output();
    let _ = Command::new("modprobe").arg("ip_vs").output();
    assert!(fs::exists("/proc/net/ip_vs").unwrap(), "this kernel has no IPVS");
    flush();
    true
}

/// Says aloud that something was skipped, past the test harness, which keeps what passing tests print.
fn skip(what: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("SKIPPED {what}\n").as_bytes());
}

fn run(program: &str, arguments: &str) -> String {
    let output = Command::new(program).args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "{program} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Empties the table, sets the timeouts to the kernel's own and stops the daemons, by the agent's own means.
fn flush() {
    let table = IpvsTable {
        purge: true,
        timeouts: Some(Timeouts { tcp: Some(900), tcp_fin: Some(120), udp: Some(300) }),
        sync: Some(Vec::new()),
        ..IpvsTable::of(Vec::new(), 0)
    };
    converge(&Director { table, owned: BTreeSet::new() }).unwrap();
}

/// Walks the path of a resource, as the engine does.
fn converge(director: &Director) -> Result<(Vec<String>, Vec<Resource>), Failure> {
    let live = director.query()?;
    let (changes, undo) = (director.diff(&live), director.undo(&live));
    if !changes.is_empty() {
        director.apply(&live, &mut |_, _| {})?;
        let left = director.diff(&director.query()?);
        assert_eq!(left, [], "it was applied and still differs");
    }
    Ok((changes.iter().map(Change::to_string).collect(), undo))
}

/// A director that owns what is there.
fn director(services: &[VirtualService], drain_seconds: u64) -> Director {
    let owned = live_table(&BTreeSet::new()).unwrap().services.into_iter().map(|live| live.service.key).collect();
    Director { table: IpvsTable::of(services.to_vec(), drain_seconds), owned }
}

fn done(services: &[VirtualService]) -> Vec<String> {
    converge(&director(services, 0)).unwrap().0
}

/// What `ipvsadm -Sn` says, sorted; `None` where ipvsadm is not installed.
fn ipvsadm() -> Option<Vec<String>> {
    let output = Command::new("ipvsadm").arg("-Sn").output().ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> = text.lines().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    Some(lines)
}

fn expect_ipvsadm(expected: &[&str]) {
    match ipvsadm() {
        None => skip(format_args!("the comparison with ipvsadm: it is not installed")),
        Some(lines) => {
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(lines, expected);
        }
    }
}

fn address(protocol: Protocol, vip: &str, port: u16) -> ServiceKey {
    ServiceKey::Address { protocol, vip: vip.parse().unwrap(), port }
}

fn service(key: ServiceKey, scheduler: Scheduler, real_servers: &[RealServer]) -> VirtualService {
    VirtualService {
        key,
        scheduler,
        flags: ServiceFlags::default(),
        persistence: None,
        persistence_engine: None,
        real_servers: real_servers.to_vec(),
    }
}

fn server(address: &str, port: u16, forwarding: Forwarding, weight: u16) -> RealServer {
    RealServer {
        address: address.parse().unwrap(),
        port,
        forwarding,
        weight: Weight(weight),
        upper_threshold: 0,
        lower_threshold: 0,
    }
}

const DR: Forwarding = Forwarding::DirectRouting;
const TUN: Forwarding = Forwarding::Tunnel(TunnelKind::Ipip);

fn www(servers: &[RealServer]) -> VirtualService {
    service(address(Protocol::Tcp, "203.0.113.168", 80), Scheduler::WeightedRoundRobin, servers)
}

#[test]
fn a_table_with_all_methods_is_made_seen_by_ipvsadm_and_unchanged_the_second_time() {
    if !on_a_lab_node("a_table_with_all_methods_is_made_seen_by_ipvsadm_and_unchanged_the_second_time") {
        return;
    }
    let services = [
        www(&[server("192.168.0.1", 80, DR, 1), server("192.168.0.2", 80, DR, 3)]),
        service(
            address(Protocol::Udp, "203.0.113.168", 53),
            Scheduler::RoundRobin,
            &[server("192.168.0.1", 5353, Forwarding::Nat, 1)],
        ),
        service(
            address(Protocol::Sctp, "203.0.113.169", 36412),
            Scheduler::WeightedLeastConnection,
            &[server("192.168.9.1", 36412, TUN, 65535)],
        ),
        service(
            address(Protocol::Tcp, "2001:db8::168", 443),
            Scheduler::LeastConnection,
            &[server("2001:db8::1", 443, DR, 0)],
        ),
        service(ServiceKey::Fwmark { mark: Fwmark(7), ipv6: false }, Scheduler::SourceHashing, &[]),
        service(
            ServiceKey::Fwmark { mark: Fwmark(7), ipv6: true },
            Scheduler::RoundRobin,
            &[server("2001:db8::2", 0, TUN, 1)],
        ),
    ];
    assert_eq!(done(&services).len(), 12);
    expect_ipvsadm(&[
        "-A -t 203.0.113.168:80 -s wrr",
        "-a -t 203.0.113.168:80 -r 192.168.0.1:80 -g -w 1",
        "-a -t 203.0.113.168:80 -r 192.168.0.2:80 -g -w 3",
        "-A -u 203.0.113.168:53 -s rr",
        "-a -u 203.0.113.168:53 -r 192.168.0.1:5353 -m -w 1",
        "-A --sctp-service 203.0.113.169:36412 -s wlc",
        "-a --sctp-service 203.0.113.169:36412 -r 192.168.9.1:36412 -i -w 65535 --tun-type ipip",
        "-A -t [2001:db8::168]:443 -s lc",
        "-a -t [2001:db8::168]:443 -r [2001:db8::1]:443 -g -w 0",
        "-A -f 7 -s sh",
        "-A -f 7 -6 -s rr",
        "-a -f 7 -6 -r [2001:db8::2]:0 -i -w 1 --tun-type ipip",
    ]);
    assert_eq!(done(&services), [""; 0]);

    let table = live_table(&[services[0].key].into()).unwrap();
    assert_eq!(table.unknown, [""; 0]);
    let owned: Vec<_> = table.services.iter().filter(|live| live.owned).map(|live| live.service.key).collect();
    assert_eq!(owned, [services[0].key]);
}

#[test]
fn flags_persistence_and_thresholds_reach_the_kernel_and_come_back() {
    if !on_a_lab_node("flags_persistence_and_thresholds_reach_the_kernel_and_come_back") {
        return;
    }
    let persistence = Some(Persistence { timeout_seconds: 300, prefix: 24 });
    let sticky = VirtualService {
        persistence,
        flags: ServiceFlags { sched_1: true, sched_2: true, ..ServiceFlags::default() },
        ..service(
            address(Protocol::Tcp, "203.0.113.168", 0),
            Scheduler::SourceHashing,
            &[RealServer { upper_threshold: 100, lower_threshold: 80, ..server("192.168.0.1", 0, DR, 1) }],
        )
    };
    let sticky6 = VirtualService {
        persistence: Some(Persistence { timeout_seconds: 60, prefix: 64 }),
        ..service(address(Protocol::Tcp, "2001:db8::168", 80), Scheduler::RoundRobin, &[])
    };
    let one_packet = VirtualService {
        flags: ServiceFlags { one_packet: true, ..ServiceFlags::default() },
        ..service(address(Protocol::Udp, "203.0.113.168", 53), Scheduler::RoundRobin, &[])
    };
    let services = [sticky.clone(), sticky6, one_packet];
    assert_eq!(done(&services).len(), 4);
    expect_ipvsadm(&[
        "-A -t 203.0.113.168:0 -s sh -p 300 -M 255.255.255.0 -b sh-fallback,sh-port",
        "-a -t 203.0.113.168:0 -r 192.168.0.1:0 -g -w 1",
        "-A -t [2001:db8::168]:80 -s rr -p 60 -M 64",
        "-A -u 203.0.113.168:53 -s rr -o",
    ]);
    assert_eq!(done(&services), [""; 0]);

    // And off again, in place.
    let plain = VirtualService { persistence: None, flags: ServiceFlags::default(), ..sticky };
    let changes = done(&[plain.clone(), services[1].clone(), services[2].clone()]);
    assert_eq!(changes, ["~ ipvs tcp 203.0.113.168:0: sh persistent 300 s per /24 flag-1 flag-2 -> sh"]);
}

#[test]
fn every_scheduler_of_this_kernel_is_taken_and_a_missing_one_is_explained() {
    if !on_a_lab_node("every_scheduler_of_this_kernel_is_taken_and_a_missing_one_is_explained") {
        return;
    }
    let mut missing = Vec::new();
    for scheduler in Scheduler::ALL {
        let mut www = www(&[server("192.168.0.1", 80, DR, 1)]);
        www.scheduler = *scheduler;
        match converge(&director(&[www.clone()], 0)) {
            Ok(_) => assert_eq!(done(&[www]), [""; 0]),
            Err(failure) => {
                assert!(failure.came_back.contains("os error 2"), "{failure:?}");
                assert!(failure.hint.unwrap().contains(&scheduler.module()));
                missing.push(scheduler.name());
            }
        }
    }
    println!("schedulers that this kernel does not have: {missing:?}");
    assert!(missing.iter().all(|name| *name == "twos"), "{missing:?}");
}

#[test]
fn a_table_is_changed_in_place_and_put_back() {
    if !on_a_lab_node("a_table_is_changed_in_place_and_put_back") {
        return;
    }
    let before = www(&[server("192.168.0.1", 80, DR, 1), server("192.168.0.2", 80, DR, 1)]);
    done(std::slice::from_ref(&before));
    let mut after = www(&[server("192.168.0.1", 80, TUN, 5), server("192.168.0.4", 80, DR, 1)]);
    after.scheduler = Scheduler::LeastConnection;
    let (changes, undo) = converge(&director(&[after], 2)).unwrap();
    assert_eq!(
        changes,
        [
            "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1 -> tun weight 5",
            "+ ipvs tcp 203.0.113.168:80 -> 192.168.0.4:80: dr weight 1",
            "~ ipvs tcp 203.0.113.168:80: wrr -> lc",
            "- ipvs tcp 203.0.113.168:80 -> 192.168.0.2:80: dr weight 1",
        ]
    );
    let [Resource::Ipvs(table)] = &undo[..] else { panic!("{undo:?}") };
    converge(&director(&table.services, 0)).unwrap();
    assert_eq!(done(&[before]), [""; 0]);
}

#[test]
fn services_of_others_stay_and_things_without_words_are_told() {
    if !on_a_lab_node("services_of_others_stay_and_things_without_words_are_told") {
        return;
    }
    if ipvsadm().is_none() {
        skip(format_args!("services_of_others_stay_and_things_without_words_are_told: ipvsadm is not installed"));
        return;
    }
    run("ipvsadm", "-A -t 198.51.100.1:25 -s rr");
    run("ipvsadm", "-a -t 198.51.100.1:25 -r 192.168.0.9 -i --tun-type gue --tun-port 6080 -w 70000");
    let mine = Director { owned: BTreeSet::new(), ..director(&[www(&[])], 0) };
    assert_eq!(converge(&mine).unwrap().0, ["+ ipvs tcp 203.0.113.168:80: wrr"]);
    let table = live_table(&BTreeSet::new()).unwrap();
    assert_eq!(table.services.len(), 2);
    assert_eq!(table.unknown, ["tcp 198.51.100.1:25 -> 192.168.0.9:25: tun gue port 6080 weight 70000"]);
    let named = service(address(Protocol::Tcp, "198.51.100.1", 25), Scheduler::RoundRobin, &[]);
    let taken_over = Director { owned: BTreeSet::new(), ..director(&[www(&[]), named], 0) };
    assert_eq!(
        converge(&taken_over).unwrap().0,
        ["- ipvs tcp 198.51.100.1:25 -> 192.168.0.9:25: tun gue port 6080 weight 70000"]
    );
}

#[test]
fn a_real_server_without_a_route_is_explained_and_the_others_are_made() {
    if !on_a_lab_node("a_real_server_without_a_route_is_explained_and_the_others_are_made") {
        return;
    }
    let bad = www(&[server("192.168.0.1", 80, DR, 1), server("224.0.0.9", 80, DR, 1)]);
    let failure = converge(&director(&[bad], 0)).unwrap_err();
    assert_eq!(
        failure.came_back,
        "+ ipvs tcp 203.0.113.168:80 -> 224.0.0.9:80: dr weight 1: Invalid argument (os error 22)\n\
         changes made: 2, not made: 1"
    );
    assert!(failure.hint.unwrap().contains("unicast route to it: is there one to 224.0.0.9"));
}

#[test]
fn a_real_server_on_the_director_itself_is_unchanged_the_second_time() {
    if !on_a_lab_node("a_real_server_on_the_director_itself_is_unchanged_the_second_time") {
        return;
    }
    for forwarding in [DR, Forwarding::Nat, TUN] {
        let services = [www(&[server("127.0.0.1", 80, forwarding, 1)])];
        done(&services);
        assert_eq!(done(&services), [""; 0]);
        flush();
    }
}

/// What `ipvsadm` prints with these options, line by line and without blanks at the end; `None` where it is not there.
fn listed(options: &str) -> Option<Vec<String>> {
    let output = Command::new("ipvsadm").args(options.split(' ')).output().ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

/// Whether a line is among those that `ipvsadm` prints with these options.
fn expect_listed(options: &str, expected: &[&str]) {
    match listed(options) {
        None => skip(format_args!("the comparison with ipvsadm: it is not installed")),
        Some(lines) => {
            for line in expected {
                assert!(lines.iter().any(|found| found == line), "{line}\n--- ipvsadm {options}\n{}", lines.join("\n"));
            }
        }
    }
}

fn tunnel(kind: TunnelKind) -> Forwarding {
    Forwarding::Tunnel(kind)
}

#[test]
fn tunnels_of_every_kind_and_checksum_are_made_and_changed_into_each_other() {
    if !on_a_lab_node("tunnels_of_every_kind_and_checksum_are_made_and_changed_into_each_other") {
        return;
    }
    let gue = |port, checksum| tunnel(TunnelKind::Gue { port, checksum });
    let gre = |checksum| tunnel(TunnelKind::Gre { checksum });
    let forwardings = [
        TUN,
        gue(5555, TunnelChecksum::None),
        gue(5555, TunnelChecksum::Checksum),
        gue(6080, TunnelChecksum::Remote),
        gre(TunnelChecksum::None),
        gre(TunnelChecksum::Checksum),
    ];
    let services = |turn: usize| {
        let kinds = forwardings.iter().cycle().skip(turn).take(forwardings.len());
        let servers: Vec<_> =
            (1..).zip(kinds).map(|(host, kind)| server(&format!("192.168.0.{host}"), 80, *kind, 1)).collect();
        [www(&servers)]
    };
    assert_eq!(done(&services(0)).len(), 7);
    expect_ipvsadm(&[
        "-A -t 203.0.113.168:80 -s wrr",
        "-a -t 203.0.113.168:80 -r 192.168.0.1:80 -i -w 1 --tun-type ipip",
        "-a -t 203.0.113.168:80 -r 192.168.0.2:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-nocsum",
        "-a -t 203.0.113.168:80 -r 192.168.0.3:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-csum",
        "-a -t 203.0.113.168:80 -r 192.168.0.4:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum",
        "-a -t 203.0.113.168:80 -r 192.168.0.5:80 -i -w 1 --tun-type gre --tun-nocsum",
        "-a -t 203.0.113.168:80 -r 192.168.0.6:80 -i -w 1 --tun-type gre --tun-csum",
    ]);
    expect_listed(
        "-Ln --tun-info",
        &[
            "-> 192.168.0.1:80 Tunnel ipip 1 0 0",
            "-> 192.168.0.4:80 Tunnel gue:6080:r+c 1 0 0",
            "-> 192.168.0.6:80 Tunnel gre:+c 1 0 0",
        ],
    );
    assert_eq!(done(&services(0)), [""; 0]);
    for turn in 1..forwardings.len() {
        assert_eq!(done(&services(turn)).len(), 6, "each is another tunnel now, in place");
        assert_eq!(done(&services(turn)), [""; 0]);
    }
    // And no tunnel at all.
    let plain: Vec<_> = (1..=6).map(|host| server(&format!("192.168.0.{host}"), 80, DR, 1)).collect();
    assert_eq!(done(&[www(&plain)]).len(), 6);
    assert_eq!(done(&[www(&plain)]), [""; 0]);
    assert_eq!(live_table(&BTreeSet::new()).unwrap().unknown, [""; 0]);
}

#[test]
fn a_tunnel_leads_to_the_other_address_family_in_both_directions() {
    if !on_a_lab_node("a_tunnel_leads_to_the_other_address_family_in_both_directions") {
        return;
    }
    let services = [
        www(&[server("2001:db8::1", 80, TUN, 1)]),
        service(
            address(Protocol::Tcp, "2001:db8::168", 80),
            Scheduler::RoundRobin,
            &[server("192.168.0.1", 80, tunnel(TunnelKind::Gre { checksum: TunnelChecksum::None }), 1)],
        ),
    ];
    done(&services);
    expect_ipvsadm(&[
        "-A -t 203.0.113.168:80 -s wrr",
        "-a -t 203.0.113.168:80 -r [2001:db8::1]:80 -i -w 1 --tun-type ipip",
        "-A -t [2001:db8::168]:80 -s rr",
        "-a -t [2001:db8::168]:80 -r 192.168.0.1:80 -i -w 1 --tun-type gre --tun-nocsum",
    ]);
    assert_eq!(done(&services), [""; 0]);
    // The kernel refuses a sync daemon beside them, and that is explained.
    let mut both = director(&services, 0);
    both.table.sync = Some(vec![SyncDaemon::new(SyncRole::Master, "eth0")]);
    let failure = converge(&both).unwrap_err();
    assert!(failure.hint.unwrap().contains("another address family"), "{}", failure.came_back);
}

#[test]
fn a_persistence_engine_is_set_and_taken_away() {
    if !on_a_lab_node("a_persistence_engine_is_set_and_taken_away") {
        return;
    }
    let sip = VirtualService {
        persistence: Some(Persistence { timeout_seconds: 60, prefix: 32 }),
        persistence_engine: Some("sip".to_owned()),
        ..service(address(Protocol::Udp, "203.0.113.168", 5060), Scheduler::RoundRobin, &[])
    };
    assert_eq!(done(std::slice::from_ref(&sip)), ["+ ipvs udp 203.0.113.168:5060: rr persistent 60 s by sip"]);
    expect_ipvsadm(&["-A -u 203.0.113.168:5060 -s rr -p 60 --pe sip"]);
    assert_eq!(done(std::slice::from_ref(&sip)), [""; 0]);
    let plain = VirtualService { persistence_engine: None, ..sip };
    assert_eq!(done(std::slice::from_ref(&plain)).len(), 1);
    assert_eq!(done(&[plain]), [""; 0]);
}

#[test]
fn thresholds_are_seen_by_ipvsadm() {
    if !on_a_lab_node("thresholds_are_seen_by_ipvsadm") {
        return;
    }
    let limited = RealServer { upper_threshold: 100, lower_threshold: 80, ..server("192.168.0.1", 80, DR, 1) };
    let services = [www(&[limited, server("192.168.0.2", 80, DR, 1)])];
    done(&services);
    expect_listed("-Ln --thresholds", &["-> 192.168.0.1:80 100 80 0 0", "-> 192.168.0.2:80 0 0 0 0"]);
    assert_eq!(done(&services), [""; 0]);
}

#[test]
fn timeouts_are_set_each_for_itself_and_put_back() {
    if !on_a_lab_node("timeouts_are_set_each_for_itself_and_put_back") {
        return;
    }
    let with = |timeouts| {
        let mut director = director(&[], 0);
        director.table.timeouts = Some(timeouts);
        director
    };
    let wanted = Timeouts { tcp: Some(600), tcp_fin: None, udp: Some(30) };
    let (changes, undo) = converge(&with(wanted)).unwrap();
    assert_eq!(changes, ["~ ipvs timeouts: tcp 900 s, udp 300 s -> tcp 600 s, udp 30 s"]);
    expect_listed("-L --timeout", &["Timeout (tcp tcpfin udp): 600 120 30"]);
    assert_eq!(converge(&with(wanted)).unwrap().0, [""; 0]);
    let [Resource::Ipvs(before)] = &undo[..] else { panic!("{undo:?}") };
    converge(&Director { table: before.clone(), owned: BTreeSet::new() }).unwrap();
    expect_listed("-L --timeout", &["Timeout (tcp tcpfin udp): 900 120 300"]);
    let failure = converge(&with(Timeouts { tcp: Some(u32::MAX), ..Timeouts::default() })).unwrap_err();
    assert!(failure.hint.unwrap().contains("more than the kernel can count"));
}

#[test]
fn sync_daemons_are_started_replaced_and_stopped() {
    if !on_a_lab_node("sync_daemons_are_started_replaced_and_stopped") {
        return;
    }
    let with = |daemons: &[SyncDaemon]| {
        let mut director = director(&[www(&[])], 0);
        director.table.sync = Some(daemons.to_vec());
        director
    };
    let master = SyncDaemon {
        sync_id: 5,
        max_len: Some(1000),
        group: "224.0.0.99".parse().unwrap(),
        port: 9000,
        ttl: 3,
        ..SyncDaemon::new(SyncRole::Master, "eth0")
    };
    let backup = SyncDaemon { max_len: Some(500), ..SyncDaemon::new(SyncRole::Backup, "eth0") };
    let both = with(&[master.clone(), backup.clone()]);
    assert_eq!(converge(&both).unwrap().0.len(), 3);
    expect_listed(
        "-L --daemon",
        &[
            "master sync daemon (mcast=eth0, syncid=5, maxlen=1000, group=224.0.0.99, port=9000, ttl=3)",
            "backup sync daemon (mcast=eth0, syncid=0, maxlen=1024, group=224.0.0.81, port=8848, ttl=1)",
        ],
    );
    assert_eq!(converge(&both).unwrap().0, [""; 0]);
    let other = SyncDaemon { sync_id: 6, group: "ff02::81".parse().unwrap(), max_len: None, ..master };
    assert_eq!(
        converge(&with(&[other])).unwrap().0,
        [
            "- ipvs sync backup: eth0 id 0 group 224.0.0.81:8848 ttl 1 max 1024 bytes",
            "- ipvs sync master: eth0 id 5 group 224.0.0.99:9000 ttl 3 max 1000 bytes",
            "+ ipvs sync master: eth0 id 6 group [ff02::81]:9000 ttl 3",
        ]
    );
    let live = live_table(&BTreeSet::new()).unwrap().sync;
    assert_eq!((live.len(), live[0].group), (1, "ff02::81".parse().unwrap()));
    // What is not named is left alone, and an empty list stops all.
    assert_eq!(done(&[www(&[])]), [""; 0]);
    assert_eq!(converge(&with(&[])).unwrap().0.len(), 1);
    assert_eq!(live_table(&BTreeSet::new()).unwrap().sync, []);
    let failure = converge(&with(&[SyncDaemon::new(SyncRole::Master, "nope0")])).unwrap_err();
    assert!(failure.hint.unwrap().contains("network device nope0"));
}

/// Any table that the kernel takes: what it refuses (another address family but by tunnelling, thresholds upside down,
/// schedulers that it has no module for) is not in it.
fn any_table() -> impl Strategy<Value = Vec<VirtualService>> {
    let key = prop_oneof![
        (0u8..3, any::<bool>(), 1u8..4, 80u16..83).prop_map(|(protocol, ipv6, host, port)| {
            let vip = if ipv6 { format!("2001:db8::{host}") } else { format!("203.0.113.{host}") };
            let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp][usize::from(protocol)];
            address(protocol, &vip, port)
        }),
        (1u32..4, any::<bool>()).prop_map(|(mark, ipv6)| ServiceKey::Fwmark { mark: Fwmark(mark), ipv6 }),
    ];
    let schedulers: Vec<_> = Scheduler::ALL.iter().copied().filter(|s| *s != Scheduler::TwoRandomChoices).collect();
    let flags = any::<(bool, bool, bool, bool)>();
    let persistence = proptest::option::of((1u32..1000, 1u8..=32));
    let checksum =
        || proptest::sample::select(vec![TunnelChecksum::None, TunnelChecksum::Checksum, TunnelChecksum::Remote]);
    let forwarding = prop_oneof![
        Just(Forwarding::Nat),
        Just(DR),
        Just(TUN),
        (1u16.., checksum()).prop_map(|(port, checksum)| tunnel(TunnelKind::Gue { port, checksum })),
        checksum().prop_map(|checksum| tunnel(TunnelKind::Gre { checksum })),
    ];
    let numbers = (any::<u16>(), 0u32..3, 0u32..3);
    let servers = proptest::collection::btree_map((1u8..6, 80u16..82), (forwarding, numbers), 0..6);
    let settings = (proptest::sample::select(schedulers), flags, persistence, servers);
    proptest::collection::btree_map(key, settings, 0..8).prop_map(|services| {
        let services = services.into_iter().map(|(key, (scheduler, flags, persistence, servers))| {
            let server = |((host, port), (forwarding, (weight, lower, more)))| {
                let address = if key.is_ipv6() { format!("2001:db8::{host}") } else { format!("192.168.0.{host}") };
                RealServer {
                    upper_threshold: lower + more,
                    lower_threshold: lower,
                    ..server(&address, port, forwarding, weight)
                }
            };
            let servers: Vec<_> = servers.into_iter().map(server).collect();
            let (one_packet, sched_1, sched_2, sched_3) = flags;
            VirtualService {
                flags: ServiceFlags { one_packet, sched_1, sched_2, sched_3 },
                persistence: persistence.map(|(timeout_seconds, prefix)| Persistence { timeout_seconds, prefix }),
                ..service(key, scheduler, &servers)
            }
        });
        services.collect()
    })
}

#[test]
fn the_kernel_goes_from_any_table_to_any_other() {
    if !on_a_lab_node("the_kernel_goes_from_any_table_to_any_other") {
        return;
    }
    let tables = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(proptest::test_runner::Config {
        cases: 60,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..proptest::test_runner::Config::default()
    });
    let outcome = runner.run(&any_table(), |services| {
        tables.set(tables.get() + 1);
        let made = converge(&director(&services, 0));
        prop_assert!(made.is_ok(), "{made:?}");
        prop_assert_eq!(done(&services), [""; 0]);
        // ipvsadm sees the same table; but flags that no scheduler has it writes so that it cannot read them.
        if let Some(seen) = ipvsadm() {
            let live = live_table(&BTreeSet::new()).unwrap();
            prop_assert_eq!(&live.unknown, &[""; 0]);
            let ours = lvs_agent::ipvsadm::write(&services);
            let mut ours: Vec<_> = ours.lines().map(|line| line.trim().to_owned()).collect();
            ours.sort();
            let without_third = |line: &String| !line.contains(" -b");
            let (seen, ours): (Vec<_>, Vec<_>) =
                (seen.into_iter().filter(without_third).collect(), ours.into_iter().filter(without_third).collect());
            prop_assert_eq!(seen, ours);
        }
        Ok(())
    });
    println!("{} tables", tables.get());
    outcome.unwrap();
    flush();
}

#[test]
fn a_large_table_is_made_read_and_changed_quickly() {
    if !on_a_lab_node("a_large_table_is_made_read_and_changed_quickly") {
        return;
    }
    let services: Vec<_> = (0..2000u16)
        .map(|number| {
            let servers: Vec<_> = (1..=5).map(|host| server(&format!("192.168.1.{host}"), 80, DR, 1)).collect();
            service(address(Protocol::Tcp, "203.0.113.168", number + 1), Scheduler::WeightedRoundRobin, &servers)
        })
        .collect();
    let timed = |what: &str, services: &[VirtualService]| {
        let start = Instant::now();
        let changes = done(services).len();
        println!("{what}: {changes} changes in {:?}", start.elapsed());
        changes
    };
    assert_eq!(timed("made, with two reads", &services), 12000);
    assert_eq!(timed("read", &services), 0);
    let heavier: Vec<_> = services
        .iter()
        .cloned()
        .enumerate()
        .map(|(number, mut service)| {
            if number % 100 == 0 {
                service.real_servers[0].weight = Weight(9);
            }
            service
        })
        .collect();
    assert_eq!(timed("changed by 1 %, with two reads", &heavier), 20);
    assert_eq!(timed("removed", &[]), 12000);
}

/// Connections through the VIP to a web server on this node, by NAT to another of its addresses.
#[test]
fn a_server_with_connections_is_drained_and_never_cut_off() {
    if !on_a_lab_node("a_server_with_connections_is_drained_and_never_cut_off") {
        return;
    }
    let _ = Command::new("ip").args(["address", "add", "203.0.113.168/32", "dev", "lo"]).output();
    let listener = TcpListener::bind("127.0.0.1:8080").unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut byte = [0];
                while stream.read(&mut byte).unwrap_or(0) > 0 {
                    stream.write_all(&byte).unwrap();
                }
            });
        }
    });
    let local = |weight| www(&[server("127.0.0.1", 8080, Forwarding::Nat, weight)]);
    done(&[local(1)]);
    let vip: IpAddr = "203.0.113.168".parse().unwrap();
    let mut client = TcpStream::connect((vip, 80)).unwrap();
    let mut echo = |byte: u8| {
        let mut answer = [0];
        client.write_all(&[byte]).unwrap();
        client.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [byte]);
    };
    echo(1);
    let stats = || live_table(&BTreeSet::new()).unwrap().services[0].real_servers[0].stats;
    let traffic = || stats().traffic;
    assert_eq!(stats().active, 1);
    let filter = ConnectionFilter {
        service: Some(address(Protocol::Tcp, "203.0.113.168", 80)),
        server: Some(ServerName { address: "127.0.0.1".parse().unwrap(), port: Some(8080) }),
        client: Some("203.0.113.168/32".parse().unwrap()),
    };
    let mut connections = Connections::open().unwrap();
    let established: Vec<_> = connections
        .by_ref()
        .map(Result::unwrap)
        .filter(|connection| filter.picks(connection) && connection.state == "ESTABLISHED")
        .collect();
    assert_eq!((established.len(), connections.strange()), (1, 0), "{established:?}");
    // The kernel adds up its other counters every two seconds.
    thread::sleep(Duration::from_millis(2500));
    assert_eq!((traffic().connections, traffic().packets_in > 2, traffic().bytes_out > 100), (1, true, true));

    let start = Instant::now();
    let failure = converge(&director(&[www(&[])], 1)).unwrap_err();
    println!("{failure:#?}");
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(failure.came_back, "ipvs tcp 203.0.113.168:80 -> 127.0.0.1:8080 has 1 active connection after 1 s");
    echo(2);
    assert_eq!(live_table(&BTreeSet::new()).unwrap().services[0].real_servers[0].server.weight, Weight::QUIESCED);

    // The same for a service that goes as a whole; this time the client ends in time.
    let closer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        drop(client);
    });
    let changes = converge(&director(&[], 20)).unwrap().0;
    closer.join().unwrap();
    assert_eq!(
        changes,
        ["- ipvs tcp 203.0.113.168:80 -> 127.0.0.1:8080: nat weight 0", "- ipvs tcp 203.0.113.168:80: wrr"]
    );
    run("ip", "address del 203.0.113.168/32 dev lo");
}
