use std::net::Ipv4Addr;

use lvs_agent::state::{
    Forwarding, Fwmark, Persistence, Protocol, RealServer, Scheduler, ServiceFlags, ServiceKey, TunnelChecksum,
    TunnelKind, VirtualService, Weight,
};
use proptest::prelude::*;

use super::*;
use crate::{inventory::Inventory, source::Source, yaml};

/// Writes and proves; the text and what was noted.
fn written(mut imported: Imported, writing: &Writing) -> (String, Imported) {
    let text = yaml::to_string(&write(&mut imported, writing)).unwrap();
    let inventory = Inventory::parse(&Source::new("imported.yml", text.as_str())).unwrap_or_else(|e| panic!("{e}"));
    prove(&mut imported, &inventory).unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
    (text, imported)
}

fn director() -> Writing {
    Writing {
        director: "lvs".to_owned(),
        interfaces: ["10.0.0.254/8", "2001:db8:1::fe/64"].map(|a| ("eth0".to_owned(), a.parse().unwrap())).to_vec(),
        vip_device: Some("eth1".to_owned()),
        ..Writing::default()
    }
}

#[test]
fn what_ipvsadm_saved_becomes_an_inventory_that_gives_it_again() {
    let text = "\
-A -t 203.0.113.168:80 -s wrr
-a -t 203.0.113.168:80 -r 10.0.1.1:8080 -m -w 1
-a -t 203.0.113.168:80 -r 10.0.1.2:8080 -m -w 3 -x 100 -y 20
-A -u 203.0.113.168:5060 -s mh -b mh-port,mh-fallback -p 60 -M 255.255.255.0 --pe sip
-a -u 203.0.113.168:5060 -r 10.0.0.1:5060 -i -w 0 --tun-type gue --tun-port 6080 --tun-csum
-A --sctp-service 203.0.113.168:7 -s latency
-A -f 7 -s rr -o
-a -f 7 -r 10.0.0.1:0 -g -w 1
-A -t [2001:db8::a8]:80 -s sh
-a -t [2001:db8::a8]:80 -r [2001:db8:1::1]:80 -i -w 1
--set 7200 0 60
--start-daemon master --mcast-interface eth0 --syncid 7
";
    let (text, imported) = written(read_ipvsadm(text), &director());
    let notes: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(format!("{text}\n{}", notes.join("\n")));
    assert!(!imported.notes.iter().any(|note| note.lost));
}

#[test]
fn what_an_inventory_cannot_say_is_told() {
    let text = "\
-A -t 203.0.113.168:80 -s wlc -b flag-1
-a -t 203.0.113.168:80 -r 10.0.0.1:80 -g -w 1
-a -t 203.0.113.168:80 -r 10.0.0.2:81 -g -w 1
-a -t 203.0.113.168:80 -r 10.0.0.3:80 -i -w 1
-a -t 203.0.113.168:80 -r 127.0.0.1:80 -g -w 1
";
    let (_, imported) = written(read_ipvsadm(text), &director());
    let notes: Vec<String> = imported.notes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(notes.join("\n"));
}

#[test]
fn two_real_servers_that_differ_by_a_port_that_is_not_changed_are_one() {
    let text = "\
-A -f 5 -s rr
-a -f 5 -r 10.0.0.1:5 -g -w 1
-a -f 5 -r 10.0.0.1:0 -g -w 1
";
    let (_, imported) = written(read_ipvsadm(text), &director());
    let [found] = &imported.services[..] else { panic!("{imported:?}") };
    assert_eq!(found.service.real_servers.iter().map(|server| server.port).collect::<Vec<_>>(), [0]);
    assert!(imported.notes.iter().any(|note| note.text.ends_with("10.0.0.1:0: it stands twice")));
}

fn key() -> impl Strategy<Value = ServiceKey> {
    let protocol = prop::sample::select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp]);
    prop_oneof![
        (protocol, 1..250_u8, 1..u16::MAX).prop_map(|(protocol, last, port)| ServiceKey::Address {
            protocol,
            vip: Ipv4Addr::new(203, 0, 113, last).into(),
            port,
        }),
        (1..u32::MAX).prop_map(|mark| ServiceKey::Fwmark { mark: Fwmark(mark), ipv6: false }),
    ]
}

fn forwarding() -> impl Strategy<Value = Forwarding> {
    prop::sample::select(vec![
        Forwarding::Nat,
        Forwarding::DirectRouting,
        Forwarding::Tunnel(TunnelKind::Ipip),
        Forwarding::Tunnel(TunnelKind::Gre { checksum: TunnelChecksum::None }),
        Forwarding::Tunnel(TunnelKind::Gue { port: 6080, checksum: TunnelChecksum::Remote }),
    ])
}

prop_compose! {
    fn service()(
        key in key(),
        forwarding in forwarding(),
        scheduler in prop::sample::select(Scheduler::ALL),
        flags in any::<[bool; 4]>(),
        persistence in prop::option::of((1..2_000_000_u32, 1..=32_u8)),
        servers in prop::collection::btree_map(1..250_u8, (any::<u16>(), 1..u16::MAX, 0..1000_u32), 0..4),
    ) -> VirtualService {
        VirtualService {
            key,
            scheduler,
            flags: ServiceFlags { one_packet: flags[0], sched_1: flags[1], sched_2: flags[2], sched_3: flags[3] },
            persistence: persistence.map(|(timeout_seconds, prefix)| Persistence { timeout_seconds, prefix }),
            persistence_engine: None,
            real_servers: servers.into_iter().map(|(last, (weight, port, upper_threshold))| RealServer {
                address: Ipv4Addr::new(10, u8::from(forwarding == Forwarding::Nat), 0, last).into(),
                port,
                forwarding,
                weight: Weight(weight),
                upper_threshold,
                lower_threshold: upper_threshold / 2,
            }).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_table_becomes_an_inventory_that_gives_what_was_not_noted(services in prop::collection::vec(service(), 0..5)) {
        let mut keys = std::collections::BTreeSet::new();
        let services = services.into_iter().filter(|service| keys.insert(service.key));
        let mut imported = Imported::default();
        imported.services.extend(services.map(|service| Found { service, line: None }));
        let (text, imported) = written(imported, &director());
        prop_assert!(!imported.notes.iter().any(|note| note.text.contains("quite the same")), "{text}");
    }
}
