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

use lvs_agent::{
    converge::Converge,
    ipvs::{Director, live_table},
    state::{
        Forwarding, Fwmark, IpvsTable, Persistence, Protocol, RealServer, Resource, Scheduler, ServiceFlags,
        ServiceKey, TunnelKind, VirtualService, Weight,
    },
    wire::{Change, Failure},
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

/// Empties the table by the agent's own means.
fn flush() {
    let purge = Director { table: IpvsTable { purge: true, ..IpvsTable::of(Vec::new(), 0) }, owned: BTreeSet::new() };
    converge(&purge).unwrap();
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
