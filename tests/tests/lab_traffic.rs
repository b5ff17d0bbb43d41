//! Packets by every way that IPVS has: from one to the next lvsctl converges, and each time the client's requests are
//! counted by who answered.

use std::{fs, time::Duration};

use lvsctl_tests::{Answers, Client, Cluster, Lab, Place, Sockets};

const VIP: &str = "203.0.113.168";
const OTHER: &str = "203.0.113.167";
const VIP6: &str = "2001:db8:113::168";
const WEBS: [&str; 3] = ["web1", "web2", "web3"];
const ROUND_ROBIN: &str = "port: 80, scheduler: rr, real_servers: [{ group: web }]";
const WEIGHTED: &str = "port: 80, scheduler: wrr, real_servers: [{ group: web }, { host: web2, weight: 2 }]";

/// A way to web servers: the service beside its VIP, and the device in which a real server finds the packets.
const WAYS: [(&str, &str, &str, &str); 15] = [
    (VIP, "forward: nat", ROUND_ROBIN, "eth0"),
    (VIP, "forward: dr", WEIGHTED, "eth0"),
    (VIP, "forward: tun", ROUND_ROBIN, "tunl0"),
    (VIP, "forward: tun, tunnel: { type: gue, port: 6080 }", WEIGHTED, "tunl0"),
    (VIP, "forward: tun, tunnel: { type: gue, port: 6080, checksum: true }", ROUND_ROBIN, "tunl0"),
    (VIP, "forward: tun, tunnel: { type: gue, port: 6081, checksum: remote }", ROUND_ROBIN, "tunl0"),
    (VIP, "forward: tun, tunnel: gre, real_network: 198.51.100.0/24", ROUND_ROBIN, "gre0"),
    (VIP, "forward: tun, tunnel: { type: gre, checksum: true }", WEIGHTED, "lvsgre-*"),
    (VIP6, "forward: nat", WEIGHTED, "eth0"),
    (VIP6, "forward: dr", ROUND_ROBIN, "eth0"),
    (VIP6, "forward: tun", WEIGHTED, "ip6tnl0"),
    (VIP6, "forward: tun, tunnel: { type: gue, port: 6080, checksum: true }", ROUND_ROBIN, "ip6tnl0"),
    (VIP6, "forward: tun, tunnel: gre", ROUND_ROBIN, "ip6gre0"),
    (VIP6, "forward: tun, tunnel: { type: gre, checksum: true }", ROUND_ROBIN, "lvsgre-*"),
    (VIP6, "forward: tun, real_network: 192.168.0.0/24", WEIGHTED, "sit0"),
];

/// Where the answerer of the tests is, at the VIPs and, for NAT, at the RIPs.
const PORTS: [u16; 2] = [5353, 5060];

struct Bench<'a> {
    lab: &'a Lab,
    cluster: Cluster<'a>,
    client: Client<'a>,
}

impl Bench<'_> {
    /// Makes the cluster what these services say; a second apply must change nothing.
    #[track_caller]
    fn is_to_have(&self, services: &[String]) {
        self.is_to_have_with("", services);
    }

    #[track_caller]
    fn is_to_have_with(&self, variables: &str, services: &[String]) {
        let services = services.join(", ");
        self.lab.file("services.yml", &format!("all: {{ vars: {{ {variables} lvs_services: [{services}] }} }}\n"));
        self.cluster.apply().ends_with(0);
        self.cluster.apply().changed_nothing();
    }
}

#[test]
fn a_client_gets_every_answer_from_the_right_real_server_by_every_way() {
    let lab = Lab::up("traffic", 3);
    let bench = Bench { lab: &lab, cluster: lab.cluster(lab.file("services.yml", "")), client: Client::of(&lab) };
    for (number, web) in WEBS.iter().enumerate() {
        let (rip, rip6) = (format!("192.168.0.{}", number + 1), format!("fd4c:5653::{}", number + 1));
        let addresses = [VIP, &rip, VIP6, &rip6];
        let udp = addresses.iter().flat_map(|address| PORTS.map(|port| format!("udp/{address}/{port}")));
        let sctp = addresses[..2].iter().map(|address| format!("sctp/{address}/9"));
        bench.client.answerer(web, &udp.chain(sctp).collect::<Vec<_>>());
    }
    for (vip, forward, service, device) in WAYS {
        web_servers_answer_by(&bench, vip, forward, service, device);
    }
    an_upload_through_a_tunnel_needs_no_icmp_unless_told_so(&bench);
    datagrams_are_shared_by_their_sockets_or_each_for_itself_and_sctp_is_shared_out(&bench);
    a_hash_of_the_source_is_of_its_address_or_of_its_port_too(&bench);
    a_client_stays_with_its_real_server_until_it_was_gone_for_long_enough(&bench);
    clients_of_one_network_stay_together_and_so_does_a_call_of_sip(&bench);
    a_firewall_mark_makes_one_service_of_several_places(&bench);
}

#[track_caller]
fn web_servers_answer_by(bench: &Bench<'_>, vip: &str, forward: &str, service: &str, device: &str) {
    bench.is_to_have(&[format!("{{ vip: '{vip}', {forward}, {service} }}")]);
    let address = if vip.contains(':') { format!("[{vip}]") } else { vip.to_owned() };
    let before = WEBS.map(|web| received(bench.lab, web, device));
    let answers = bench.client.http(&address, 60);
    let expected = if service == WEIGHTED { [15, 30, 15] } else { [20, 20, 20] };
    assert_eq!(answers, shares(expected), "{vip} {forward}");
    for ((web, before), requests) in WEBS.iter().zip(before).zip(expected) {
        // Of each request at least SYN, ACK, the text, and FIN.
        let packets = received(bench.lab, web, device) - before;
        assert!(packets >= 4 * u64::from(requests), "{vip} {forward}: {packets} packets by {device} of {web}");
    }
    let complaints = too_big(bench.lab);
    bench.client.long_http(&address);
    // What goes into a tunnel fits, whatever its headers are.
    assert_eq!(too_big(bench.lab), complaints, "{vip} {forward}");
}

/// Where real servers announce what their own links take, the director must tell the client that its packets are too large.
fn an_upload_through_a_tunnel_needs_no_icmp_unless_told_so(bench: &Bench<'_>) {
    let tunnel = service(VIP, "port: 80, scheduler: rr, forward: tun");
    for (mss, route, is_told) in [("false", "", true), ("1000", " advmss 1000", false), ("", " advmss 1440", false)] {
        let inventory = fs::read_to_string(bench.lab.inventory()).expect("read the lab's inventory");
        let told = match mss {
            "" => inventory,
            mss => inventory.replace("\n        gateway:", &format!("\n        mss: {mss}\n        gateway:")),
        };
        let cluster = bench.cluster.clone().with_lab_inventory(bench.lab.file("lab.yml", &told));
        bench.lab.file("services.yml", &format!("all: {{ vars: {{ lvs_services: [{tunnel}] }} }}\n"));
        cluster.apply().ends_with(0);
        cluster.apply().changed_nothing();
        let default = bench.lab.on("web1", "ip route show default");
        let found = default.find(" advmss").map_or("", |from| default[from..].trim_end());
        assert_eq!(found, route, "{default}");
        let complaints = too_big(bench.lab);
        upload(bench.lab, VIP);
        assert_eq!(too_big(bench.lab) > complaints, is_told, "mss: {mss}");
        bench.lab.on("client", "ip route flush cache");
    }
}

/// Four mebibytes from the client.
#[track_caller]
fn upload(lab: &Lab, address: &str) {
    let answer =
        format!("truncate -s 4M /root/big && curl -sS --max-time 30 --data-binary @/root/big http://{address}/upload");
    assert!(lab.on("client", &answer).starts_with("web"));
}

/// How often the client was told that its packets are too large for their way.
fn too_big(lab: &Lab) -> u64 {
    let counters = "cat /proc/net/snmp /proc/net/snmp6";
    let text = lab.on("client", counters);
    let six = text.lines().find_map(|line| line.strip_prefix("Icmp6InPktTooBigs")).expect("the counter of ICMPv6");
    // A line of names, and below it one of numbers.
    let four: Vec<&str> = text.lines().filter(|line| line.starts_with("Icmp: ")).collect();
    let [names, numbers] = four[..] else { panic!("{text}") };
    let place = names.split(' ').position(|name| name == "InDestUnreachs").expect("the counter of ICMP");
    let number = |text: &str| text.trim().parse::<u64>().expect("a number");
    number(six) + number(numbers.split(' ').nth(place).expect("as many numbers as names"))
}

/// Packets that came in on a device.
fn received(lab: &Lab, node: &str, device: &str) -> u64 {
    let count = lab.on(node, &format!("cat /sys/class/net/{device}/statistics/rx_packets"));
    count.trim().parse().expect("a number of packets of one device")
}

fn shares(of: [u32; 3]) -> Answers {
    WEBS.iter().zip(of).map(|(web, share)| ((*web).to_owned(), share)).collect()
}

fn service(vip: &str, more: &str) -> String {
    format!("{{ vip: '{vip}', {more}, real_servers: [{{ group: web }}] }}")
}

fn datagrams_are_shared_by_their_sockets_or_each_for_itself_and_sctp_is_shared_out(bench: &Bench<'_>) {
    for forward in ["nat", "dr", "tun"] {
        let udp = format!("protocol: udp, port: 5353, scheduler: rr, forward: {forward}");
        let one_packet = format!("protocol: udp, port: 5060, one_packet: true, scheduler: rr, forward: {forward}");
        let sctp = format!("protocol: sctp, port: 9, scheduler: rr, forward: {forward}");
        let mut services = vec![service(VIP, &udp), service(VIP, &sctp), service(VIP6, &udp)];
        // With NAT, IPVS forgets the packet before its answer comes back.
        if forward != "nat" {
            services.extend([service(VIP, &one_packet), service(VIP6, &one_packet)]);
        }
        bench.is_to_have(&services);
        for address in [VIP, VIP6] {
            let place = Place { protocol: "udp", address, port: 5353 };
            let answers = bench.client.ask(place, 30, Sockets::Fresh, "who");
            assert_eq!(answers, shares([10, 10, 10]), "{address} {forward}");
            let answers = bench.client.ask(place, 12, Sockets::Same, "who");
            assert_eq!(answers.len(), 1, "{address} {forward}: {answers:?}");
            if forward != "nat" {
                let answers = bench.client.ask(Place { port: 5060, ..place }, 30, Sockets::Same, "who");
                assert_eq!(answers, shares([10, 10, 10]), "{address} {forward}");
            }
        }
        let answers = bench.client.ask(Place { protocol: "sctp", address: VIP, port: 9 }, 12, Sockets::Fresh, "");
        assert_eq!(answers, shares([4, 4, 4]), "{forward}");
    }
}

fn a_hash_of_the_source_is_of_its_address_or_of_its_port_too(bench: &Bench<'_>) {
    let hash = |hash: &str, port: u16| format!("scheduler: {hash}, port: {port}, forward: dr");
    bench.is_to_have(&[
        service(VIP, &hash("sh", 80)),
        service(VIP, &hash("sh, scheduler_flags: [sh-port]", 8080)),
        service(OTHER, &hash("mh", 80)),
        service(OTHER, &hash("mh, scheduler_flags: [mh-port]", 8080)),
    ]);
    for vip in [VIP, OTHER] {
        assert_eq!(bench.client.http(vip, 30).len(), 1, "{vip}");
        assert_eq!(bench.client.http(&format!("{vip}:8080"), 60).len(), 3, "{vip}");
    }
}

fn a_client_stays_with_its_real_server_until_it_was_gone_for_long_enough(bench: &Bench<'_>) {
    let persistent = "port: 80, scheduler: rr, forward: dr, persistence: 2";
    // Nobody was asked there before: what earlier cases left in the table does not count.
    let vip = "203.0.113.164";
    bench.is_to_have_with("lvs_timeouts: { tcpfin: 1 },", &[service(vip, persistent)]);
    let first = bench.client.http(vip, 20);
    assert_eq!(first.len(), 1, "{first:?}");
    let table = "grep ' CB0071A4 ' /proc/net/ip_vs_conn || :";
    Lab::wait_until("the client is forgotten", Duration::from_secs(30), || bench.lab.on("lvs", table).is_empty());
    let second = bench.client.http(vip, 20);
    assert_eq!(second.len(), 1, "{second:?}");
    // Round robin has gone on.
    assert_ne!(first, second);
}

fn clients_of_one_network_stay_together_and_so_does_a_call_of_sip(bench: &Bench<'_>) {
    let persistent = "scheduler: rr, forward: dr, persistence";
    bench.is_to_have(&[
        service(VIP, &format!("port: 8080, {persistent}: {{ timeout: 300, prefix: 32 }}")),
        service(OTHER, &format!("port: 80, {persistent}: {{ timeout: 300, prefix: 24 }}")),
        service(VIP, &format!("protocol: udp, port: 5060, {persistent}: {{ timeout: 60, engine: sip }}")),
    ]);
    bench.lab.on("client", "ip address add 203.0.113.11/24 dev eth0");
    for (address, together) in [(format!("{VIP}:8080"), false), (OTHER.to_owned(), true)] {
        let [own, other] = ["203.0.113.10", "203.0.113.11"].map(|own| bench.client.http_from(own, &address, 10));
        assert_eq!((own.len(), other.len()), (1, 1), "{own:?} {other:?}");
        assert_eq!(own == other, together, "{address}: {own:?} {other:?}");
    }
    bench.lab.on("client", "ip address del 203.0.113.11/24 dev eth0");

    let mut calls = Answers::new();
    for call in 0..6 {
        let text =
            format!("OPTIONS sip:a@{VIP} SIP/2.0\r\nCSeq: 1 OPTIONS\r\nCall-ID: call{call}@203.0.113.10\r\n\r\n");
        let place = Place { protocol: "udp", address: VIP, port: 5060 };
        let answers = bench.client.ask(place, 4, Sockets::Fresh, &text);
        assert_eq!(answers.len(), 1, "{answers:?}");
        *calls.entry(answers.into_keys().collect()).or_default() += 1;
    }
    assert_eq!(calls, shares([2, 2, 2]));
}

/// The marks are set by hand: the lab's kernel has iptables, and not nftables, by which lvsctl would set them.
fn a_firewall_mark_makes_one_service_of_several_places(bench: &Bench<'_>) {
    bench.lab.on("lvs", "apt-get install --yes iptables");
    let (other6, third, fourth) = ("2001:db8:113::167", "203.0.113.166", "203.0.113.165");
    let marks = [("iptables", [VIP, OTHER], 7), ("ip6tables", [VIP6, other6], 7), ("iptables", [third, fourth], 8)];
    let mut services = Vec::new();
    for (program, vips, mark) in marks {
        let rule = format!("{program}-legacy -t mangle -A PREROUTING -p tcp -m multiport --dports 80,8080");
        for vip in vips {
            bench.lab.on("lvs", &format!("{rule} -d {vip} -j MARK --set-mark {mark}"));
        }
        let more = if mark == 8 { "persistence: 300, " } else { "" };
        let [vip, other] = vips;
        services.push(format!(
            "{{ fwmark: {mark}, vip: ['{vip}', '{other}'], port: [80, 8080], scheduler: rr, forward: dr, {more}\
             real_servers: [{{ group: web }}] }}"
        ));
    }
    bench.is_to_have(&services);
    for place in [VIP, &format!("{OTHER}:8080"), &format!("[{VIP6}]"), &format!("[{other6}]:8080")] {
        assert_eq!(bench.client.http(place, 12), shares([4, 4, 4]), "{place}");
    }
    // One client stays with one real server, over addresses and ports.
    let answers = [bench.client.http(third, 6), bench.client.http(&format!("{fourth}:8080"), 6)];
    assert!(answers[0] == answers[1] && answers[0].len() == 1, "{answers:?}");
}
