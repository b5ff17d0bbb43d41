//! A playbook with the hosts that it is for.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use lvs_agent::wire::{Facts, Mode};
use tokio::task::JoinSet;

use super::{
    Connection, Crew, Site, Stop, Verifier, host_play::HostPlay, prepare::Desk, readiness::Readiness, tally::Tally,
};
use crate::{
    playbook::{Playbook, TagFilter},
    report::{Event, Recap, Reports},
    source::{Code, Diagnostic, Diagnostics, did_you_mean},
};

/// Tags that mean something without standing at a task.
const SPECIAL_TAGS: [&str; 5] = ["all", "tagged", "untagged", "always", "never"];

/// A mistyped tag would leave out every task, and look like "nothing to do".
fn unknown_tag(tag: &str, playbook: &Playbook) -> Option<Diagnostic> {
    let known: BTreeSet<&str> = playbook.tasks().flat_map(|(_, task)| &task.tags).map(String::as_str).collect();
    if known.contains(tag) || SPECIAL_TAGS.contains(&tag) {
        return None;
    }
    let mistake = Diagnostic::without_place(Code::BadPattern, format!("no task has the tag `{tag}`"));
    Some(match did_you_mean(tag, known.iter().copied()) {
        Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
        None => mistake.hint(format!("tags of this playbook: {}", known.into_iter().collect::<Vec<_>>().join(", "))),
    })
}

/// A playbook with the hosts that it is for. It can be carried out several times, as a plan and then in earnest.
pub struct Run<S> {
    pub(super) playbook: Playbook,
    pub(super) site: S,
    pub(super) tags: TagFilter,
    /// For each play its hosts.
    hosts: Vec<Vec<Arc<str>>>,
    /// Hosts of any play, in the order of the inventory.
    all: Vec<Arc<str>>,
}

impl<S: Site> Run<S> {
    /// Works out the hosts of each play; `limit` leaves out all others.
    pub fn new(
        playbook: Playbook,
        site: S,
        tags: TagFilter,
        limit: Option<&BTreeSet<String>>,
    ) -> Result<Self, Diagnostics> {
        let (mut hosts, mut found) = (Vec::new(), Vec::new());
        for play in &playbook.plays {
            let names = site.select(&play.hosts).unwrap_or_else(|mistakes| {
                found.extend(mistakes.into_vec());
                Vec::new()
            });
            let has_work = play.tasks.iter().any(|task| tags.takes(&task.tags));
            let taken = |name: &String| has_work && limit.is_none_or(|limit| limit.contains(name));
            hosts.push(names.into_iter().filter(taken).map(Arc::from).collect::<Vec<Arc<str>>>());
        }
        found.extend(tags.asked().filter_map(|tag| unknown_tag(tag, &playbook)));
        Diagnostics::check(found)?;
        let some: BTreeSet<&Arc<str>> = hosts.iter().flatten().collect();
        let all = site.hosts().into_iter().map(Arc::from).filter(|host| some.contains(host)).collect();
        Ok(Self { playbook, site, tags, hosts, all })
    }

    /// The hosts that take part, in the order of the inventory.
    pub fn hosts(&self) -> &[Arc<str>] {
        &self.all
    }

    /// What the playbook is about.
    pub fn site(&self) -> &S {
        &self.site
    }

    /// Works out every task for every host without contacting one, to find mistakes that only a host's variables show.
    /// The facts are not known yet: a task whose condition asks for them may be missed.
    pub fn rehearse(&self) -> Result<(), Diagnostics> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let readiness = Readiness::default();
        for (play, hosts) in self.playbook.plays.iter().zip(&self.hosts) {
            for host in hosts {
                let facts = Facts { hostname: host.to_string(), ..Facts::default() };
                let desk = Desk { site: &self.site, play, host, facts: &facts, readiness: &readiness };
                let tasks = play.tasks.iter().filter(|task| self.tags.takes(&task.tags));
                let tasks = tasks.chain(play.handlers.iter().map(|handler| &handler.task));
                for mistake in desk.prepare(tasks).err().into_iter().flat_map(Diagnostics::into_vec) {
                    // The same mistake on a thousand hosts is one mistake.
                    let place = mistake.labels().first().map(|(span, _)| span.to_string());
                    if seen.insert((mistake.title().to_owned(), place)) {
                        found.push(mistake.label(format!("for {host}")));
                    }
                }
            }
        }
        Diagnostics::check(found)
    }

    /// Says what was asked for and is not there.
    fn note_what_is_missing(&self, reports: &Reports) {
        if self.all.is_empty() {
            reports.note(None, "nothing to do: no host has a task");
        }
    }

    /// Carries it out on the hosts that are reached.
    pub async fn carry_out<C, V>(
        self: &Arc<Self>,
        mode: Mode,
        crew: &mut Crew<C>,
        verifier: &Arc<V>,
        stop: &Stop,
        reports: &Reports,
    ) -> Recap
    where
        C: Connection,
        V: Verifier<C>,
    {
        let names = |hosts: &[Arc<str>]| hosts.iter().map(ToString::to_string).collect();
        reports.send(&Event::RunStarted { mode, hosts: names(&self.all) });
        self.note_what_is_missing(reports);
        let mut tallies: BTreeMap<Arc<str>, Tally> =
            self.all.iter().map(|host| (Arc::clone(host), Tally::default())).collect();
        for (host, failure) in &crew.unreachable {
            tallies.entry(Arc::clone(host)).or_default().lost(failure);
        }
        for (index, play) in self.playbook.plays.iter().enumerate() {
            let fit = |host: &&Arc<str>| tallies[*host].goes_on() && crew.members.contains_key(*host);
            let hosts: Vec<Arc<str>> = self.hosts[index].iter().filter(fit).cloned().collect();
            if hosts.is_empty() {
                continue;
            }
            if stop.is_asked() {
                for host in &hosts {
                    tallies.entry(Arc::clone(host)).or_default().drop_out(format!("stopped before `{}`", play.name));
                }
                continue;
            }
            let place = format!("{}:{}", play.span.source().name(), play.span.line());
            reports.send(&Event::PlayStarted { play: play.name.clone(), place, hosts: names(&hosts) });
            let readiness = Arc::new(self.readiness(&tallies));
            let mut working = JoinSet::new();
            for host in hosts {
                let Some(member) = crew.members.remove(&host) else { continue };
                let tally = tallies.remove(&host).unwrap_or_default();
                let host_play = HostPlay {
                    run: Arc::clone(self),
                    mode,
                    play: index,
                    host,
                    readiness: Arc::clone(&readiness),
                    verifier: Arc::clone(verifier),
                    stop: stop.clone(),
                    reports: reports.clone(),
                };
                working.spawn(host_play.carry_out(member, tally));
            }
            while let Some(joined) = working.join_next().await {
                let ending = joined.expect("a play on a host neither panics nor is cancelled");
                tallies.insert(Arc::clone(&ending.host), ending.tally);
                if let Some(member) = ending.member {
                    crew.members.insert(ending.host, member);
                }
            }
        }
        let hosts = self.all.iter().map(|host| tallies[host].recap(host)).collect();
        let recap = Recap { mode, stopped: stop.is_asked(), hosts };
        reports.send(&Event::Recap(recap.clone()));
        recap
    }

    fn readiness(&self, tallies: &BTreeMap<Arc<str>, Tally>) -> Readiness {
        let bad = tallies.iter().filter(|(_, tally)| tally.is_bad());
        let directors = self.site.directors();
        let is_director = |host: &String| directors.contains(host);
        let senders = self.site.hosts().into_iter().filter(|host| is_director(host) || self.site.is_idle(host));
        let is_up_to_date =
            |host: &String| tallies.get(host.as_str()).is_some_and(|tally| tally.sends_as_it_should(is_director(host)));
        Readiness {
            behind: senders.filter(|host| !is_up_to_date(host)).collect(),
            unready: bad.map(|(host, _)| (host.to_string(), self.site.real_server_addresses(host))).collect(),
        }
    }
}
