//! A crew whose clients answer as they are told.

use std::net::IpAddr;

use lvs_agent::{
    state::{Forwarding, VirtualService, Weight},
    wire::{Batch, Event, Facts, Failure, InterfaceFacts, ProbeResult},
};

use super::*;
use crate::{inventory::Inventory, run::Broken, source::Source};

const DR: &str = include_str!("../../../../examples/dr/inventory.yml");
const NAT: &str = include_str!("../../../../examples/nat/inventory.yml");

/// A node that answers look-ups.
struct Node {
    facts: Facts,
    table: Vec<VirtualService>,
    /// Whether it reaches the VIP; `None` says that it cannot tell.
    reaches: Arc<Mutex<Option<bool>>>,
}

impl Connection for Node {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn run(&mut self, _: Batch, _: &mut (dyn FnMut(&Event) + Send)) -> Result<(), Broken> {
        Ok(())
    }

    async fn lookup(&mut self, lookup: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        let Lookup::Probe { .. } = lookup else { return Ok(Ok(Answer::Services(self.table.clone()))) };
        let reaches = *lock(&self.reaches);
        Ok(match reaches {
            Some(true) => Ok(Answer::Probe(ProbeResult { sent: 1, answered: 1, ..ProbeResult::default() })),
            Some(false) => {
                let errors = BTreeMap::from([("timed out".to_owned(), 1)]);
                Ok(Answer::Probe(ProbeResult { sent: 1, errors, ..ProbeResult::default() }))
            }
            None => Err(Failure::default()),
        })
    }

    async fn ask(&mut self, line: &str, _: Duration) -> Result<String, Failure> {
        panic!("a witness runs nothing, and was to run {line}")
    }

    async fn renew(&mut self, _: Duration) -> Result<Vec<String>, Failure> {
        panic!("a witness boots nothing")
    }
}

fn cluster(inventory: &str) -> Cluster {
    Cluster::from_inventory(&Inventory::parse(&Source::new("inventory.yml", inventory)).unwrap()).unwrap()
}

fn live(service: &Service, change: impl Fn(&mut VirtualService)) -> Vec<VirtualService> {
    let mut live = service.to_virtual_service();
    change(&mut live);
    vec![live]
}

fn facts(addresses: &[&str]) -> Facts {
    let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let interface = InterfaceFacts { name: "eth0".to_owned(), mac: None, up: true, mtu: 1500, addresses };
    Facts { interfaces: vec![interface], ..Facts::default() }
}

/// What is objected to on a host when the client reaches the VIP first in one way and then in the other.
async fn objection(
    table: Vec<VirtualService>,
    host: &str,
    before: Option<bool>,
    after: Option<bool>,
) -> Option<String> {
    let (cluster, crew, reaches) = (cluster(DR), Crew::default(), Arc::new(Mutex::new(before)));
    for name in ["lvs", "client"] {
        let facts = facts(&["203.0.113.168/32", "192.168.0.254/24"]);
        let node = Node { facts, table: table.clone(), reaches: Arc::clone(&reaches) };
        crew.add(name, Ok(node));
    }
    // Without this machine, which is none of the test's.
    let watched = watched(&cluster.services);
    let witness = VipWitness { watched, clients: OnceLock::new(), known: Arc::default(), asking: Mutex::default() };
    witness.begin(&cluster, [&crew, &Crew::default()]).await;
    *lock(&reaches) = after;
    let objection = witness.objection(host, Duration::from_millis(50)).await;
    witness.rest().await;
    assert_eq!(crew.into_connections().count(), 2, "a conversation is still held");
    objection
}

#[tokio::test]
async fn a_vip_that_was_answered_and_is_silent_now_is_an_objection() {
    let table = live(&cluster(DR).services[0], |_| ());
    for host in ["lvs", "web2"] {
        let objection = objection(table.clone(), host, Some(true), Some(false)).await;
        let told = "the VIP of www, 203.0.113.168:80, answered client before this run and is silent now: timed out";
        assert_eq!(objection.as_deref(), Some(told), "{host}");
    }
    for (host, before, after) in [
        ("lvs", Some(true), Some(true)),
        ("lvs", Some(false), Some(false)),
        ("lvs", None, Some(false)),
        // Who cannot be asked says nothing.
        ("lvs", Some(true), None),
        // It has no part in the service.
        ("client", Some(true), Some(false)),
    ] {
        let objection = objection(table.clone(), host, before, after).await;
        assert_eq!(objection, None, "{host}: {before:?}, then {after:?}");
    }
}

#[tokio::test]
async fn a_service_that_is_being_changed_may_be_silent() {
    let service = &cluster(DR).services[0];
    let others = [
        Vec::new(),
        live(service, |wanted| wanted.real_servers[0].forwarding = Forwarding::Nat),
        // Each is reached by another address, or at another port.
        live(service, |wanted| {
            wanted.real_servers.iter_mut().for_each(|server| server.address = IpAddr::from([10, 0, 0, 1]));
        }),
        live(service, |wanted| wanted.real_servers.iter_mut().for_each(|server| server.port = 8080)),
    ];
    for table in others {
        assert_eq!(objection(table, "web2", Some(true), Some(false)).await, None);
    }
    // One more and one less, and other weights: it goes on all the time.
    let fewer = live(service, |wanted| {
        wanted.real_servers.remove(0);
        wanted.real_servers[0].weight = Weight(7);
    });
    assert!(objection(fewer, "web2", Some(true), Some(false)).await.is_some());
}

#[test]
fn a_director_that_is_to_get_an_address_is_being_changed() {
    let cluster = cluster(NAT);
    let service = &cluster.services[0];
    let vip = format!("{}/32", service.vips[0].address);
    assert!(!is_moving(service, &cluster, &facts(&[&vip, "192.168.0.254/24"])));
    assert!(is_moving(service, &cluster, &facts(&[&vip, "192.168.0.253/24"])));
    assert!(is_moving(service, &cluster, &facts(&["192.168.0.254/24"])));
}

#[test]
fn a_service_that_sends_to_nobody_on_purpose_is_not_asked() {
    let mut services = cluster(DR).services;
    assert_eq!(watched(&services).len(), 1);
    for member in &mut services[0].real_servers {
        member.weight = Weight(0);
    }
    assert_eq!(watched(&services).len(), 0);
}
