//! Devices, addresses, routes and ARP against the running kernel, each test in a network namespace of its own.
//!
//! A test starts itself again below `unshare -rUn`, which needs no root. Where user namespaces are not allowed, it
//! says aloud that it was skipped.
#![expect(clippy::unwrap_used, reason = "everything here is a test")]

use std::{
    env, fmt,
    io::{self, BufRead, BufReader, Write},
    process::{Command, Output, Stdio},
    time::Duration,
};

use lvs_agent::{
    converge::Converge,
    net::{arp, interfaces},
    state::{Address, Link, LinkKind, Presence, Resource, Route},
    wire::{Change, Failure},
};

const INSIDE: &str = "LVSCTL_TEST_INSIDE";

/// Runs the test below `unshare`; `true` inside, where the test goes on.
fn in_a_namespace(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let unshare = |program: &str, arguments: &[&str]| {
        Command::new("unshare").args(["-rUn", program]).args(arguments).env(INSIDE, "1").output()
    };
    if !unshare("true", &[]).is_ok_and(|output| output.status.success()) {
        skip(format_args!("{test}: `unshare -rUn` is not there or not allowed"));
        return false;
    }
    let myself = env::current_exe().unwrap();
    let Output { status, stdout, stderr } =
        unshare(myself.to_str().unwrap(), &["--exact", test, "--nocapture"]).unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    for line in stderr.lines().filter_map(|line| line.strip_prefix("SKIPPED ")) {
        skip(format_args!("{line}"));
    }
    assert!(status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
    false
}

/// Says aloud that something was skipped, past the test harness, which keeps what passing tests print.
fn skip(what: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("SKIPPED {what}\n").as_bytes());
}

/// Walks the path of a resource, as the engine does: what was done, and after it nothing is left to do.
fn converge<R: Converge>(resource: &R) -> Result<(Vec<String>, Vec<Resource>), Failure> {
    let live = resource.query()?;
    let changes = resource.diff(&live);
    let undo = resource.undo(&live);
    if !changes.is_empty() {
        resource.apply(&live, &mut |_, _| {})?;
        assert_eq!(resource.diff(&resource.query()?), [], "it was applied and still differs");
    }
    Ok((changes.iter().map(Change::to_string).collect(), undo))
}

fn done<R: Converge>(resource: &R) -> Vec<String> {
    converge(resource).unwrap().0
}

fn link(name: &str, kind: Option<LinkKind>, up: bool) -> Link {
    Link { name: name.to_owned(), kind, up: Some(up), mtu: None }
}

fn address(device: &str, address: &str) -> Address {
    Address { device: device.to_owned(), address: address.parse().unwrap(), label: None, state: Presence::Present }
}

fn route(destination: &str, gateway: Option<&str>, device: Option<&str>) -> Route {
    Route {
        destination: destination.parse().unwrap(),
        gateway: gateway.map(|gateway| gateway.parse().unwrap()),
        device: device.map(ToOwned::to_owned),
        source: None,
        advmss: None,
        metric: None,
        state: Presence::Present,
    }
}

/// A device with a carrier: one end of a cable whose other end lies here, too.
fn lan() {
    ip("link add lan type veth peer name far");
    done(&link("far", None, true));
    done(&link("lan", None, true));
}

fn ip(arguments: &str) -> String {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_device_is_brought_up_given_an_mtu_and_brought_down() {
    if !in_a_namespace("a_device_is_brought_up_given_an_mtu_and_brought_down") {
        return;
    }
    ip("link add lan type veth peer name far");
    let up = Link { mtu: Some(1400), ..link("lan", None, true) };
    assert_eq!(done(&up), ["~ link lan mtu: 1500 -> 1400", "~ link lan: down -> up"]);
    assert_eq!(done(&up), [""; 0]);
    let facts = interfaces().unwrap();
    let lan = facts.iter().find(|facts| facts.name == "lan").unwrap();
    assert!(lan.up && lan.mtu == 1400 && lan.mac.as_ref().is_some_and(|mac| mac.len() == 17), "{lan:?}");

    let (changes, undo) = converge(&link("lan", None, false)).unwrap();
    assert_eq!(changes, ["~ link lan: up -> down"]);
    assert_eq!(undo, [Resource::Link(link("lan", None, true))]);

    let failure = converge(&link("eth7", None, true)).unwrap_err();
    assert_eq!(failure.came_back, "there is no device eth7");
    assert!(failure.hint.unwrap().starts_with("this node has lo, "));
}

#[test]
fn devices_are_made_where_the_kernel_has_their_kind() {
    if !in_a_namespace("devices_are_made_where_the_kernel_has_their_kind") {
        return;
    }
    for (name, kind) in [("dummy7", LinkKind::Dummy), ("tunl0", LinkKind::Ipip), ("tun7", LinkKind::Ipip)] {
        let wanted = Link { mtu: Some(1400), ..link(name, Some(kind), true) };
        match converge(&wanted) {
            Ok((changes, _)) => {
                // `tunl0` is there from the start where the module is loaded.
                assert!(!changes.is_empty());
                assert_eq!(done(&wanted), [""; 0]);
            }
            Err(failure) if failure.came_back.contains("os error 95") => {
                skip(format_args!("{name}: this kernel has no such devices"));
            }
            Err(failure) if name == "tun7" => {
                assert!(failure.came_back.contains("os error 17"), "{failure:?}");
                assert!(failure.hint.unwrap().contains("it is tunl0"));
            }
            Err(failure) => panic!("{failure:?}"),
        }
    }
}

#[test]
fn addresses_of_both_families_come_and_go() {
    if !in_a_namespace("addresses_of_both_families_come_and_go") {
        return;
    }
    done(&link("lo", None, true));
    lan();
    for (device, text) in [("lo", "203.0.113.168/32"), ("lan", "192.168.0.254/24"), ("lan", "2001:db8::168/64")] {
        let wanted = address(device, text);
        let (changes, undo) = converge(&wanted).unwrap();
        assert_eq!(changes, [format!("+ address {text} dev {device}")]);
        assert_eq!(done(&wanted), [""; 0]);
        assert!(ip(&format!("-o address show dev {device}")).contains(text));

        let [Resource::Address(undo)] = &undo[..] else { panic!("{undo:?}") };
        assert_eq!(done(undo), [format!("- address {text} dev {device}")]);
        assert_eq!(done(undo), [""; 0]);
        assert!(!ip(&format!("-o address show dev {device}")).contains(text));
    }
}

#[test]
fn a_vip_on_lo_looks_as_ip_makes_it_and_takes_a_label() {
    if !in_a_namespace("a_vip_on_lo_looks_as_ip_makes_it_and_takes_a_label") {
        return;
    }
    done(&link("lo", None, true));
    done(&address("lo", "203.0.113.168/32"));
    let ours = ip("-o -4 address show dev lo");
    done(&Address { state: Presence::Absent, ..address("lo", "203.0.113.168/32") });
    ip("address add 203.0.113.168/32 dev lo");
    assert_eq!(ours, ip("-o -4 address show dev lo"));

    let labelled = Address { label: Some("lo:0".to_owned()), ..address("lo", "203.0.113.168/32") };
    assert_eq!(done(&labelled), ["~ address 203.0.113.168/32 dev lo label: lo -> lo:0"]);
    assert!(ip("-o -4 address show dev lo").contains("global lo:0"));

    let wide = address("lo", "203.0.113.168/24");
    assert_eq!(done(&wide), ["+ address 203.0.113.168/24 dev lo: beside 203.0.113.168/32, which stays"]);
}

#[test]
fn a_default_route_is_set_replaced_and_removed() {
    if !in_a_namespace("a_default_route_is_set_replaced_and_removed") {
        return;
    }
    lan();
    done(&address("lan", "192.168.0.1/24"));
    let default = route("0.0.0.0/0", Some("192.168.0.254"), None);
    assert_eq!(done(&default), ["+ route default: via 192.168.0.254"]);
    assert_eq!(done(&default), [""; 0]);

    let other = route("0.0.0.0/0", Some("192.168.0.253"), Some("lan"));
    let (changes, undo) = converge(&other).unwrap();
    assert_eq!(changes, ["~ route default: via 192.168.0.254 dev lan -> via 192.168.0.253 dev lan"]);
    assert_eq!(ip("route show default").trim(), "default via 192.168.0.253 dev lan proto static");

    let backup = Route { metric: Some(100), ..default.clone() };
    assert_eq!(done(&backup), ["+ route default metric 100: via 192.168.0.254"]);
    assert_eq!(done(&other), [""; 0], "a route with another metric is another route");

    let [Resource::Route(undo)] = &undo[..] else { panic!("{undo:?}") };
    assert_eq!(done(undo), ["~ route default: via 192.168.0.253 dev lan -> via 192.168.0.254 dev lan"]);
    let gone = Route { state: Presence::Absent, ..default };
    assert_eq!(done(&gone), ["- route default: via 192.168.0.254 dev lan"]);
    assert_eq!(ip("route show default").lines().count(), 1);
}

#[test]
fn routes_of_both_families_behind_gateways_and_on_links() {
    if !in_a_namespace("routes_of_both_families_behind_gateways_and_on_links") {
        return;
    }
    lan();
    done(&address("lan", "192.168.0.1/24"));
    done(&address("lan", "2001:db8::1/64"));
    for wanted in [
        route("198.51.100.0/24", None, Some("lan")),
        route("198.51.100.0/25", Some("192.168.0.254"), Some("lan")),
        route("2001:db8:1::/48", None, Some("lan")),
        route("2001:db8:2::/48", Some("2001:db8::fe"), None),
        route("::/0", Some("2001:db8::fe"), Some("lan")),
    ] {
        let (changes, undo) = converge(&wanted).unwrap();
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(done(&wanted), [""; 0]);
        if let Some(gateway) = wanted.gateway {
            let smaller = Route { advmss: Some(1200), ..wanted.clone() };
            let (changes, undo) = converge(&smaller).unwrap();
            assert_eq!((changes.len(), done(&smaller)), (1, vec![]), "{changes:?}");
            let family = if gateway.is_ipv6() { "-6 " } else { "" };
            assert!(ip(&format!("{family}route show {}", wanted.destination)).contains(" advmss 1200"));
            let [Resource::Route(undo)] = &undo[..] else { panic!("{undo:?}") };
            assert_eq!((done(undo).len(), done(&wanted)), (1, vec![]));
            let moved = Route { gateway: Some(next(gateway)), ..wanted.clone() };
            assert_eq!(done(&moved).len(), 1);
            assert_eq!(done(&wanted).len(), 1);
        }
        let [Resource::Route(undo)] = &undo[..] else { panic!("{undo:?}") };
        assert_eq!(done(undo).len(), 1);
    }
    let connected = route("192.168.0.0/24", None, Some("lan"));
    assert_eq!(done(&connected), [""; 0], "the kernel's own route to a connected network is good");
}

fn next(address: std::net::IpAddr) -> std::net::IpAddr {
    match address {
        std::net::IpAddr::V4(address) => std::net::Ipv4Addr::from_bits(address.to_bits() - 1).into(),
        std::net::IpAddr::V6(address) => std::net::Ipv6Addr::from_bits(address.to_bits() - 1).into(),
    }
}

#[test]
fn a_gateway_that_no_network_reaches_is_explained() {
    if !in_a_namespace("a_gateway_that_no_network_reaches_is_explained") {
        return;
    }
    lan();
    done(&address("lan", "192.168.0.1/24"));
    let failure = converge(&route("0.0.0.0/0", Some("10.9.9.9"), None)).unwrap_err();
    assert!(failure.came_back.contains("os error 101"), "{}", failure.came_back);
    assert!(failure.hint.unwrap().contains("lan 192.168.0.1/24"));
}

#[test]
fn every_machine_that_answers_arp_is_heard() {
    if !in_a_namespace("every_machine_that_answers_arp_is_heard") {
        return;
    }
    // Two machines on one link, by a bridge that stays here and two namespaces that are held by sleeping processes.
    let vip = "203.0.113.168".parse().unwrap();
    ip("link add br0 type bridge");
    done(&link("br0", None, true));
    done(&address("br0", "203.0.113.1/24"));
    let mut machines = Vec::new();
    for (number, mac) in ["02:00:5e:00:53:01", "02:00:5e:00:53:02"].iter().enumerate() {
        let script = "read go; ip link set lo up; ip link set eth0 up; ip address add 203.0.113.168/24 dev eth0; echo ready; read end";
        let mut machine = Command::new("unshare")
            .args(["-n", "sh", "-c", &format!("echo started; {script}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(machine.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let (port, pid) = (format!("port{number}"), machine.id());
        ip(&format!("link add {port} type veth peer name eth0 address {mac} netns {pid}"));
        ip(&format!("link set {port} master br0 up"));
        machine.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, "started\nready\n");
        machines.push(machine);
    }
    let answers = arp::ask(vip, None, Duration::from_millis(700)).unwrap();
    for mut machine in machines {
        drop(machine.stdin.take());
        machine.wait().unwrap();
    }
    let macs: Vec<_> = answers.iter().map(|answer| (answer.mac.as_str(), answer.device.as_str())).collect();
    assert_eq!(macs, [("02:00:5e:00:53:01", "br0"), ("02:00:5e:00:53:02", "br0")]);
    assert!(answers.iter().all(|answer| answer.count >= 2), "{answers:?}");

    let failure = arp::ask("203.0.113.1".parse().unwrap(), None, Duration::from_millis(1)).unwrap_err();
    assert_eq!(failure.came_back, "this node has the address itself");
    let failure = arp::ask(vip, Some("lo"), Duration::from_millis(1)).unwrap_err();
    assert!(failure.came_back.contains("not an Ethernet device"), "{failure:?}");
}
