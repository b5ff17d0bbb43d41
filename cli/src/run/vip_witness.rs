//! Whether the VIPs still answer when what may have cut the connection to a node is about to be confirmed.
//!
//! A node that can be reached afresh may have lost its VIP all the same. So before a run changes anything it is noted which
//! TCP services answer, and to whom: to hosts of the group `clients`, by their agents, or to this machine where the inventory
//! has none. A change on a director or real server of a service that answered is confirmed only when it answers again to the same.
//!
//! A VIP that goes on purpose is no objection. Asked are the services of the inventory that are to send to somebody, so
//! neither one that is taken away nor an address that is left. A service that is itself being changed may be silent until
//! all nodes are through, since real servers change before directors; it is left out where the director is to hold the VIP
//! anew, to forward otherwise or to be another gateway. Who cannot be asked says nothing: only a VIP that is seen to be
//! silent is an objection.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::{Duration, Instant},
};

use lvs_agent::{
    state::{Forwarding, RealServer, Resource, Weight},
    wire::{Answer, Facts, LiveTable, Lookup},
};
use tokio::{
    net::TcpStream,
    sync::{OwnedMutexGuard, oneshot},
    task::JoinSet,
};

use super::{Connection, Crew, crew::Line};
use crate::{
    model::{Cluster, Service},
    session::Witness,
};

/// How many endpoints are asked before a run, and how many clients ask.
const MOST: usize = 32;
const CLIENTS: usize = 2;

/// How many each of them asks before something is confirmed.
const EACH: usize = 3;

/// How long an answer may take, and a client with all its answers before a run.
const ANSWER: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_secs(2);

/// Between one try and the next.
const PAUSE: Duration = Duration::from_millis(300);

/// How this machine is called.
const HERE: &str = "this machine";

/// Asks the VIPs, before a run and when a change is to be confirmed.
pub struct VipWitness<C> {
    watched: Vec<Watched>,
    /// The hosts that ask, by name.
    clients: OnceLock<BTreeMap<String, Weak<tokio::sync::Mutex<Line<C>>>>>,
    known: Arc<Mutex<Known>>,
    asking: Mutex<JoinSet<()>>,
}

/// A place where a service answers.
#[derive(Clone, Debug)]
struct Watched {
    service: Service,
    endpoint: SocketAddr,
}

/// What was found before the run changed anything.
#[derive(Debug, Default)]
struct Known {
    /// Who was answered by which.
    answered: BTreeSet<(String, SocketAddr)>,
    /// Directors whose tables are not known yet.
    unseen: BTreeSet<String>,
    /// Services, by name, that are being changed so that they may be silent for a while.
    changing: HashSet<String>,
}

/// What asking once came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Answered,
    Silent(String),
    /// Whoever was to ask could not.
    Unknown,
}

impl<C: Connection> VipWitness<C> {
    pub(super) fn new(cluster: &Cluster) -> Self {
        let (watched, known) = (watched(&cluster.services), Arc::<Mutex<Known>>::default());
        Self { watched, clients: OnceLock::new(), known, asking: Mutex::default() }
    }

    /// Has the directors' tables looked at and then the clients ask, before the run. Nobody who is in the way of that is
    /// waited for. What is being changed is not asked: a connection that gets no answer stays in a director's table for a
    /// minute, and would be waited for when its real server is to go.
    pub(super) async fn begin(&self, cluster: &Cluster, crews: [&Crew<C>; 2]) {
        let holders: BTreeSet<&str> = self.watched.iter().map(|watched| watched.service.holder()).collect();
        let mut looks = JoinSet::new();
        for holder in holders {
            let Some(Ok(line)) = crews[0].member(holder).map(tokio::sync::Mutex::try_lock_owned) else { continue };
            let Some(connection) = &line.connection else { continue };
            let of_holder: Vec<Service> = self.of_holder(holder).cloned().collect();
            let mut known = lock(&self.known);
            let changing = of_holder.iter().filter(|service| is_moving(service, cluster, connection.facts()));
            known.changing.extend(changing.map(|service| service.name.clone()));
            known.unseen.insert(holder.to_owned());
            looks.spawn(look_at_table(holder.to_owned(), line, of_holder, Arc::clone(&self.known)));
        }
        while looks.join_next().await.is_some() {}
        let endpoints = self.asked_before();
        let names = cluster.groups().clients;
        if names.is_empty() {
            self.ask_from_here(&endpoints);
        }
        let members =
            names.into_iter().filter_map(|name| Some((crews.iter().find_map(|crew| crew.member(&name))?, name)));
        let members: Vec<_> = members.take(CLIENTS).collect();
        let clients = members.iter().map(|(member, name)| (name.clone(), Arc::downgrade(member))).collect();
        // It is begun once.
        let _ = self.clients.set(clients);
        for (member, name) in members {
            // One that directs as well is busy with its table.
            let Ok(mut line) = member.try_lock_owned() else { continue };
            let endpoints = endpoints.clone();
            let (known, until) = (Arc::clone(&self.known), Instant::now() + ROUND);
            looks.spawn(async move {
                for endpoint in endpoints {
                    if Instant::now() < until && ask(&mut line, endpoint).await == Asked::Answered {
                        lock(&known).answered.insert((name.clone(), endpoint));
                    }
                }
            });
        }
        while looks.join_next().await.is_some() {}
    }

    /// Where to ask before the run: services that may not be silent for a while in it.
    fn asked_before(&self) -> Vec<SocketAddr> {
        let known = lock(&self.known);
        let is_still = |watched: &&Watched| {
            let service = &watched.service;
            !known.changing.contains(&service.name) && !known.unseen.contains(service.holder())
        };
        self.watched.iter().filter(is_still).map(|watched| watched.endpoint).collect()
    }

    /// Asks from this machine, in the background: it may well have no way to a VIP, and nobody waits for it.
    fn ask_from_here(&self, endpoints: &[SocketAddr]) {
        let mut asking = lock(&self.asking);
        for &endpoint in endpoints {
            let known = Arc::clone(&self.known);
            asking.spawn(async move {
                if from_here(endpoint).await == Asked::Answered {
                    lock(&known).answered.insert((HERE.to_owned(), endpoint));
                }
            });
        }
    }

    fn of_holder<'a>(&'a self, holder: &'a str) -> impl Iterator<Item = &'a Service> {
        let services = self.watched.iter().map(|watched| &watched.service);
        services.filter(move |service| service.holder() == holder)
    }

    /// Ends what is under way in the background, before the conversations are ended.
    pub async fn rest(&self) {
        let mut asking = std::mem::take(&mut *lock(&self.asking));
        asking.shutdown().await;
    }

    /// Who is to be answered by which service when a host has changed.
    fn concerned(&self, host: &str) -> Vec<(String, &Watched)> {
        let known = lock(&self.known);
        let concerns = |watched: &&Watched| {
            let Service { name, directors, real_servers, .. } = &watched.service;
            let has_part = directors.iter().any(|director| director == host)
                || real_servers.iter().any(|member| member.host == host);
            has_part && !known.changing.contains(name) && !known.unseen.contains(watched.service.holder())
        };
        let concerned = self.watched.iter().filter(concerns);
        let who = |watched: &Watched| {
            let is_asked = |(_, endpoint): &&(String, SocketAddr)| *endpoint == watched.endpoint;
            // Its own line is busy with what is to be confirmed.
            let who = known.answered.iter().filter(is_asked).filter(|(who, _)| who != host);
            who.map(|(who, _)| who.clone()).collect::<Vec<_>>()
        };
        let mut asks = BTreeMap::<String, usize>::new();
        let mut pairs: Vec<_> =
            concerned.flat_map(|watched| who(watched).into_iter().map(move |who| (who, watched))).collect();
        pairs.retain(|(who, _)| {
            let number = asks.entry(who.clone()).or_default();
            *number += 1;
            *number <= EACH
        });
        pairs
    }

    async fn asked(&self, who: &str, endpoint: SocketAddr) -> Asked {
        if who == HERE {
            return from_here(endpoint).await;
        }
        let client = self.clients.get().and_then(|clients| clients.get(who));
        let Some(member) = client.and_then(Weak::upgrade) else { return Asked::Unknown };
        let (answer, answered) = oneshot::channel();
        // Not given up half-way: the answer would be taken for that to another question.
        let question = async move {
            if let Ok(mut line) = tokio::time::timeout(ANSWER, member.lock_owned()).await {
                // Nobody may be waiting for it any more.
                let _ = answer.send(ask(&mut line, endpoint).await);
            }
        };
        {
            let mut asking = lock(&self.asking);
            while asking.try_join_next().is_some() {}
            asking.spawn(question);
        }
        match tokio::time::timeout(ANSWER * 4, answered).await {
            Ok(Ok(asked)) => asked,
            _ => Asked::Unknown,
        }
    }

    async fn silent(&self, host: &str, patience: Duration) -> Option<String> {
        let until = Instant::now() + patience;
        let mut concerned = self.concerned(host);
        loop {
            let (mut left, mut told) = (Vec::new(), Vec::new());
            for (who, watched) in concerned {
                if !told.is_empty() && Instant::now() >= until {
                    break;
                }
                if let Asked::Silent(why) = self.asked(&who, watched.endpoint).await {
                    let (name, endpoint) = (&watched.service.name, watched.endpoint);
                    told.push(format!(
                        "the VIP of {name}, {endpoint}, answered {who} before this run and is silent now: {why}"
                    ));
                    left.push((who, watched));
                }
            }
            if left.is_empty() {
                return None;
            }
            if Instant::now() >= until {
                return Some(told.join("\n"));
            }
            concerned = left;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl<C: Connection> Witness for VipWitness<C> {
    fn objection<'a>(
        &'a self,
        host: &'a str,
        patience: Duration,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(self.silent(host, patience))
    }
}

/// Where services answer that are to send to somebody: one of each VIP before a second one of any. Pure.
fn watched(services: &[Service]) -> Vec<Watched> {
    let sends = |service: &&Service| service.real_servers.iter().any(|member| member.weight > Weight(0));
    let mut seen = HashSet::new();
    let all = services.iter().filter(sends).flat_map(|service| {
        service.endpoints().into_iter().map(move |endpoint| Watched { service: service.clone(), endpoint })
    });
    let (mut first, others): (Vec<_>, Vec<_>) = all.partition(|watched| seen.insert(watched.endpoint.ip()));
    first.extend(others);
    first.truncate(MOST);
    first
}

/// Whether the director is to get the VIP, or the address that is the real servers' gateway. Pure.
fn is_moving(service: &Service, cluster: &Cluster, holder: &Facts) -> bool {
    let has = |address: IpAddr| {
        holder.interfaces.iter().flat_map(|interface| &interface.addresses).any(|own| own.addr() == address)
    };
    let is_missing = |host: &str| {
        let stage = cluster.nodes.get(host).map(|node| node.real_server.as_slice()).unwrap_or_default();
        let mut gateways = stage.iter().filter_map(|resource| match resource {
            Resource::Route(route) if route.destination.prefix_len() == 0 => route.gateway,
            _ => None,
        });
        gateways.any(|gateway| !has(gateway))
    };
    !service.addresses().all(has)
        || service.forward == Forwarding::Nat && service.real_servers.iter().any(|member| is_missing(&member.host))
}

/// Whether a table sends by another method than the service should, or to nobody who stays as he is. Other real servers may
/// come and go meanwhile: a cluster never sends to one that is not ready. Pure.
fn is_other(service: &Service, table: &LiveTable) -> bool {
    let Some(live) = table.services.iter().find(|live| live.service.key == service.key) else { return true };
    let wanted = service.to_virtual_service().real_servers;
    let stays = |live: &RealServer| {
        wanted.iter().any(|wanted| {
            (wanted.address, wanted.port, wanted.forwarding) == (live.address, live.port, live.forwarding)
        })
    };
    let mut servers = live.real_servers.iter().map(|live| &live.server);
    servers.clone().any(|server| server.forwarding != service.forward) || !servers.any(stays)
}

async fn look_at_table<C: Connection>(
    holder: String,
    mut line: OwnedMutexGuard<Line<C>>,
    services: Vec<Service>,
    known: Arc<Mutex<Known>>,
) {
    let Some(connection) = &mut line.connection else { return };
    match connection.lookup(Lookup::Ipvs).await {
        Ok(Ok(Answer::Ipvs(table))) => {
            let others = services.iter().filter(|service| is_other(service, &table));
            let mut known = lock(&known);
            known.changing.extend(others.map(|service| service.name.clone()));
            known.unseen.remove(&holder);
        }
        // What is not known is no ground to object on.
        Ok(_) => {}
        Err(_) => line.connection = None,
    }
}

async fn ask<C: Connection>(line: &mut OwnedMutexGuard<Line<C>>, endpoint: SocketAddr) -> Asked {
    let (address, port) = (endpoint.ip(), endpoint.port());
    let timeout_ms = u64::try_from(ANSWER.as_millis()).unwrap_or(1000);
    let lookup = Lookup::Probe { address, port, path: None, count: 1, timeout_ms };
    let Some(connection) = &mut line.connection else { return Asked::Unknown };
    match connection.lookup(lookup).await {
        Ok(Ok(Answer::Probe(probe))) if probe.answered > 0 => Asked::Answered,
        Ok(Ok(Answer::Probe(probe))) => {
            Asked::Silent(probe.errors.into_keys().next().unwrap_or_else(|| "no answer".to_owned()))
        }
        Ok(_) => Asked::Unknown,
        Err(_) => {
            line.connection = None;
            Asked::Unknown
        }
    }
}

async fn from_here(endpoint: SocketAddr) -> Asked {
    match tokio::time::timeout(ANSWER, TcpStream::connect(endpoint)).await {
        Ok(Ok(_)) => Asked::Answered,
        Ok(Err(error)) => Asked::Silent(error.to_string()),
        Err(_) => Asked::Silent("timed out".to_owned()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use lvs_agent::{
        state::VirtualService,
        wire::{
            Batch, Event, Failure, InterfaceFacts, LiveRealServer, LiveService, ProbeResult, RealServerStats, Traffic,
        },
    };

    use super::*;
    use crate::{inventory::Inventory, run::Broken, source::Source};

    const DR: &str = include_str!("../../../examples/dr/inventory.yml");
    const NAT: &str = include_str!("../../../examples/nat/inventory.yml");

    /// A node that answers look-ups.
    struct Node {
        facts: Facts,
        table: LiveTable,
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
            let Lookup::Probe { .. } = lookup else { return Ok(Ok(Answer::Ipvs(self.table.clone()))) };
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

    fn live(service: &Service, change: impl Fn(&mut VirtualService)) -> LiveTable {
        let mut wanted = service.to_virtual_service();
        change(&mut wanted);
        let with_stats =
            |server: &RealServer| LiveRealServer { server: server.clone(), stats: RealServerStats::default() };
        let real_servers = wanted.real_servers.iter().map(with_stats).collect();
        let service = VirtualService { real_servers: Vec::new(), ..wanted };
        let live = LiveService { service, owned: true, traffic: Traffic::default(), real_servers };
        LiveTable { services: vec![live], ..LiveTable::default() }
    }

    fn facts(addresses: &[&str]) -> Facts {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let interface = InterfaceFacts { name: "eth0".to_owned(), mac: None, up: true, mtu: 1500, addresses };
        Facts { interfaces: vec![interface], ..Facts::default() }
    }

    /// What is objected to on a host when the client reaches the VIP first in one way and then in the other.
    async fn objection(table: LiveTable, host: &str, before: Option<bool>, after: Option<bool>) -> Option<String> {
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
            LiveTable::default(),
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
}
