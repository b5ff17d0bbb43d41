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

mod ask;
#[cfg(test)]
mod tests;
mod watched;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::{Duration, Instant},
};

use lvs_agent::wire::{Answer, Lookup};
use tokio::{
    sync::{OwnedMutexGuard, oneshot},
    task::JoinSet,
};

use super::{Connection, Crew, crew::Line};
use crate::{
    model::{Cluster, Service},
    session::Witness,
};
use ask::{ANSWER, Asked, ask, from_here};
use watched::{Watched, is_moving, is_other, watched};

/// How many clients ask.
const CLIENTS: usize = 2;

/// How many each of them asks before something is confirmed.
const EACH: usize = 3;

/// How long a client may take with all its answers before a run.
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

async fn look_at_table<C: Connection>(
    holder: String,
    mut line: OwnedMutexGuard<Line<C>>,
    services: Vec<Service>,
    known: Arc<Mutex<Known>>,
) {
    let Some(connection) = &mut line.connection else { return };
    let keys = services.iter().map(|service| service.key).collect();
    match connection.lookup(Lookup::Services(keys)).await {
        Ok(Ok(Answer::Services(found))) => {
            let others = services.iter().filter(|service| is_other(service, &found));
            let mut known = lock(&known);
            known.changing.extend(others.map(|service| service.name.clone()));
            known.unseen.remove(&holder);
        }
        // What is not known is no ground to object on.
        Ok(_) => {}
        Err(_) => line.connection = None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
