//! A cluster of nodes that only remember what they were told, for tests of the engine.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use lvs_agent::{
    state::{Resource, ResourceId},
    wire::{Answer, Batch, Change, Event as AgentEvent, Facts, Failure, Lookup, Mode, Outcome, Side, Status, Values},
};

use tokio::time::Instant;

use super::{Broken, ClusterSite, Connection, Crew, Options, Run, Stop, Verdict, Verifier};
use crate::{
    inventory::{Inventory, resolve},
    model::Cluster,
    module::LvsVerify,
    playbook::{Library, Playbook},
    report::{Detail, Lines, Plan, Recap, Reporter, Reports},
    source::{Diagnostics, Source},
    template::Engine,
};

pub(super) const DR: &str = include_str!("../../../examples/dr/inventory.yml");

/// A node that remembers what was made. What begins with a word of `fails` fails, and the connection breaks at `breaks`;
/// what begins with `takes_back` is never confirmed.
pub(super) struct FakeNode {
    pub(super) host: String,
    pub(super) facts: Facts,
    pub(super) made: BTreeSet<ResourceId>,
    pub(super) fails: Vec<&'static str>,
    pub(super) breaks: Option<&'static str>,
    pub(super) takes_back: Option<&'static str>,
    pub(super) hangs: bool,
    /// How often it was booted, and seconds that it needs for it.
    pub(super) boots: u64,
    pub(super) boot_takes: u64,
    pub(super) down_until: Option<Instant>,
    /// What it was told to keep out of its journal.
    pub(super) secrets: BTreeSet<ResourceId>,
    pub(super) log: Log,
}

/// What was sent, over all nodes: `host: resource`.
pub(super) type Log = Arc<Mutex<Vec<(String, Resource)>>>;

impl Connection for FakeNode {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&AgentEvent) + Send)) -> Result<(), Broken> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        for (index, step) in batch.steps.iter().enumerate() {
            let resource = step.resource.id();
            if self.breaks.is_some_and(|word| resource.0.starts_with(word)) {
                on_event(&AgentEvent::Started { id: step.id });
                let failure = failure("talk to the agent", "the connection ended");
                return Err(Broken { failure, is_taken_back: false });
            }
            if step.sensitive {
                self.secrets.insert(resource.clone());
            }
            self.log.lock().unwrap().push((self.host.clone(), step.resource.clone()));
            on_event(&AgentEvent::Started { id: step.id });
            if matches!(&step.resource, Resource::Command(command) if command.reboots && batch.mode == Mode::Apply) {
                self.boots += 1;
                self.down_until = Some(Instant::now() + Duration::from_secs(self.boot_takes));
                let failure = failure("talk to the agent", "the connection ended");
                return Err(Broken { failure, is_taken_back: false });
            }
            let outcome = self.outcome(&step.resource, batch.mode);
            let failed = matches!(outcome.status, Status::Failed | Status::TakenBack);
            on_event(&AgentEvent::Ended { id: step.id, outcome });
            if failed && batch.mode == Mode::Apply {
                on_event(&AgentEvent::BatchEnded { skipped: batch.steps.len() - index - 1 });
                return Ok(());
            }
        }
        on_event(&AgentEvent::BatchEnded { skipped: 0 });
        Ok(())
    }

    async fn lookup(&mut self, _: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        Ok(Ok(Answer::Services(Vec::new())))
    }

    async fn ask(&mut self, line: &str, _: Duration) -> Result<String, Failure> {
        match self.down_until {
            Some(until) if Instant::now() < until => Err(failure("connect to it with ssh", "Connection refused")),
            _ if self.fails.contains(&line) => Err(failure(&format!("run {line}"), "exit status 1")),
            _ => Ok(format!("boot {}", self.boots)),
        }
    }

    async fn renew(&mut self, _: Duration) -> Result<Vec<String>, Failure> {
        self.facts.boot_id = format!("boot {}", self.boots);
        Ok(Vec::new())
    }
}

impl FakeNode {
    fn outcome(&mut self, resource: &Resource, mode: Mode) -> Outcome {
        let id = resource.id();
        if self.fails.iter().any(|word| id.0.starts_with(word)) {
            let failure = Some(failure(&format!("set {id}"), "No such file or directory (os error 2)"));
            return outcome(Status::Failed, Vec::new(), failure);
        }
        if self.takes_back.is_some_and(|word| id.0.starts_with(word)) && mode == Mode::Apply {
            let failure = Some(failure("keep a change that may cut the connection", "it was not confirmed"));
            return outcome(Status::TakenBack, Vec::new(), failure);
        }
        let passive = matches!(resource, Resource::WaitFor(_) | Resource::Prune(_) | Resource::Unclaimed(_));
        if passive || self.made.contains(&id) {
            return outcome(Status::Unchanged, Vec::new(), None);
        }
        let changes = vec![Change::add(id.0.clone(), Side::Present)];
        if mode == Mode::Check {
            return outcome(Status::WouldChange, changes, None);
        }
        self.made.insert(id);
        outcome(Status::Changed, changes, None)
    }
}

fn outcome(status: Status, changes: Vec<Change>, failure: Option<Failure>) -> Outcome {
    Outcome { status, changes, failure, result: Values::new() }
}

fn failure(tried: &str, came_back: &str) -> Failure {
    Failure { tried: tried.to_owned(), came_back: came_back.to_owned(), hint: Some("look at the node".to_owned()) }
}

struct FakeVerifier;

impl Verifier<FakeNode> for FakeVerifier {
    async fn verify(&self, client: &str, task: &LvsVerify, _: &mut FakeNode) -> Verdict {
        let findings = vec![format!("www: {} of {} answered to {client}", task.requests, task.requests)];
        Verdict { findings, failure: None }
    }
}

/// A cluster of fake nodes.
pub(super) struct Scene {
    pub(super) run: Arc<Run>,
    pub(super) crew: Arc<Crew<FakeNode>>,
    pub(super) log: Log,
    pub(super) stop: Stop,
}

impl Scene {
    pub(super) fn new(inventory: &str) -> Self {
        Self::of(inventory, &Playbook::load(&Library::new(Vec::new()), "site.yml").unwrap())
    }

    pub(super) fn with_playbook(inventory: &str, playbook: &str) -> Self {
        let source = Source::new("test.yml", playbook);
        Self::of(inventory, &Playbook::read(&Library::new(Vec::new()), &source).unwrap())
    }

    fn of(inventory: &str, playbook: &Playbook) -> Self {
        let run = Arc::new(run(inventory, playbook).unwrap());
        let log = Log::default();
        let crew = Crew::default();
        for host in run.hosts() {
            let facts = Facts { hostname: host.to_string(), ..Facts::default() };
            let (made, fails, secrets, log) = (BTreeSet::new(), Vec::new(), BTreeSet::new(), Arc::clone(&log));
            let (host_name, breaks, takes_back, hangs) = (host.to_string(), None, None, false);
            let (boots, boot_takes, down_until) = (1, 20, None);
            let node = FakeNode {
                host: host_name,
                facts,
                made,
                fails,
                breaks,
                takes_back,
                hangs,
                boots,
                boot_takes,
                down_until,
                secrets,
                log,
            };
            crew.add(host, Ok(node));
        }
        Self { run, crew: Arc::new(crew), log, stop: Stop::default() }
    }

    /// The node of a host, to look at it or to change it.
    pub(super) fn node(&mut self, host: &str) -> impl std::ops::DerefMut<Target = FakeNode> {
        let line = self.crew.member(host).unwrap().try_lock_owned().unwrap();
        tokio::sync::OwnedMutexGuard::map(line, |line| line.connection.as_mut().unwrap())
    }

    pub(super) fn unreachable(&mut self, host: &str) {
        self.crew.forget(host);
        self.crew.add(host, Err(failure(&format!("connect to {host} with ssh"), "Connection timed out")));
    }

    pub(super) async fn carry_out(&mut self, mode: Mode, reporter: impl Reporter + 'static) -> Recap {
        let reports = Reports::to(reporter);
        self.run.carry_out(mode, &self.crew, &Arc::new(FakeVerifier), &self.stop, &reports).await
    }

    pub(super) async fn apply(&mut self) -> (Recap, String) {
        let screen = Screen::default();
        let recap = self.carry_out(Mode::Apply, Lines::new(screen.clone(), screen.clone(), Detail::Count)).await;
        (recap, screen.text())
    }

    pub(super) async fn plan(&mut self) -> (Recap, String) {
        let screen = Screen::default();
        let talk = Lines::new(Vec::new(), Vec::new(), Detail::Count);
        let recap = self.carry_out(Mode::Check, Plan::new(talk, screen.clone())).await;
        (recap, screen.text())
    }

    /// What was sent to a host, by name.
    pub(super) fn sent(&self, host: &str) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|(to, _)| to == host).map(|(_, resource)| resource.id().0).collect()
    }

    /// The real servers in the table that a director was given.
    pub(super) fn table(&self, director: &str) -> Vec<String> {
        let log = self.log.lock().unwrap();
        let tables = log.iter().filter(|(to, _)| to == director).filter_map(|(_, resource)| match resource {
            Resource::Ipvs(table) => Some(table),
            _ => None,
        });
        tables
            .flat_map(|table| &table.services)
            .flat_map(|service| &service.real_servers)
            .map(|server| server.address.to_string())
            .collect()
    }
}

pub(super) fn run(inventory: &str, playbook: &Playbook) -> Result<Run, Diagnostics> {
    let engine = Engine::default();
    let inventory = Inventory::parse(&Source::new("inventory.yml", inventory))?;
    let inventory = resolve(&inventory, &engine)?;
    let cluster = Cluster::from_inventory(&inventory)?;
    let (library, site) = (Library::new(Vec::new()), ClusterSite::new(inventory, cluster, engine));
    Run::new(playbook.clone(), library, site, Options::default(), None)
}

/// A screen that two streams are shown on, without colour.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    pub(super) fn text(&self) -> String {
        anstream::adapter::strip_str(&String::from_utf8(self.0.lock().unwrap().clone()).unwrap()).to_string()
    }
}

impl std::io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
