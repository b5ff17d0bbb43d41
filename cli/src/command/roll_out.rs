//! Carrying out a playbook: what `plan` and `apply` share.

use std::{path::Path, sync::Arc, time::Duration};

use lvs_agent::wire::{Failure, Mode};

use super::{
    Error, identity, interrupt,
    prepared::{Prepared, Selection, targets},
    screen,
};
use crate::{
    args::RunOptions,
    exit::Exit,
    inventory::Inventory,
    report::{HostState, Recap, Reports},
    run::{self, ClientVerifier, Crew, Dial, Run, Stop, VipWitness},
    session::{AgentBinary, Purpose, Session, Target},
};

/// How many clients are asked that are no hosts of the run.
const LOOKERS: usize = 2;

/// How much later than the hosts of the run they may be reached; nobody waits longer for those that only look.
const LATER: Duration = Duration::from_secs(2);

/// How the nodes are spoken to.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    /// With their lock: something may be changed.
    pub(super) lock: bool,
    /// How long a node waits to be confirmed before it takes back what may have cut the connection.
    pub(super) guard_seconds: Option<u32>,
    /// Nothing that may cut the connection stays if a VIP goes silent with it.
    pub(super) minds_vips: bool,
    /// It takes back other runs.
    pub(super) is_rollback: bool,
}

/// A playbook and the hosts that it is for, connected.
pub(super) struct RollOut {
    name: String,
    run: Arc<Run>,
    crew: Arc<Crew<Session>>,
    verifier: Arc<ClientVerifier>,
    witness: Option<Arc<VipWitness<Session>>>,
    /// Clients that are no hosts of the run, and are asked whether the VIPs answer.
    lookers: Crew<Session>,
    stop: Stop,
}

impl RollOut {
    /// Finds every mistake there is to find.
    pub(super) fn prepare(
        playbook: Option<&Path>,
        options: &RunOptions,
        selection: Selection<'_>,
    ) -> Result<Run, Error> {
        Prepared::load(&options.sources.beside(playbook))?.into_run(playbook, selection)
    }

    /// Connects to the hosts of a run in which no mistake was found.
    pub(super) async fn connect(
        run: Run,
        options: &RunOptions,
        how: How,
        reports: &Reports,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let run = Arc::new(run);
        let agent = AgentBinary::find(options.agent.as_deref())?;
        let targets = targets(run.site().inventory(), run.hosts().iter().map(AsRef::as_ref))?;
        let mut purpose = identity::purpose(how.lock || run.changes_in_check_mode());
        purpose.guard_seconds = how.guard_seconds;
        if how.is_rollback {
            purpose.run.push_str(identity::BACK);
        }
        let minds_vips = how.minds_vips && how.lock && how.guard_seconds.is_some();
        let witness = minds_vips.then(|| VipWitness::of(run.site().cluster()));
        let looking = if minds_vips { clients_elsewhere(&run)? } else { Vec::new() };
        let looking = tokio::spawn(run::connect_to_look(looking, agent.clone(), purpose.clone()));
        let crew = run::connect(targets, &agent, &purpose, options.forks.into(), reports).await;
        let crew = Arc::new(crew.with_dial(dial(run.site().inventory(), &agent, &purpose)));
        let verifier = Arc::new(ClientVerifier::new(run.site().cluster(), &crew).await);
        let abort = looking.abort_handle();
        let lookers = match tokio::time::timeout(LATER, looking).await {
            Ok(lookers) => lookers.expect("connecting neither panics nor is cancelled"),
            Err(_) => {
                abort.abort();
                Crew::default()
            }
        };
        if let Some(witness) = &witness {
            witness.watch(run.site().cluster(), &crew, &lookers).await;
        }
        stop_on_interrupt(reports.clone(), stop.clone());
        Ok(Self { name: purpose.run, run, crew, verifier, witness, lookers, stop: stop.clone() })
    }

    /// What names it in the nodes' journals.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Carries the playbook out.
    pub(super) async fn carry_out(&mut self, mode: Mode, reports: &Reports) -> Recap {
        self.run.carry_out(mode, &self.crew, &self.verifier, &self.stop, reports).await
    }

    /// The agent leaves the hosts that came to the end, and all conversations are ended. Whether it left every one.
    pub(super) async fn leave(self, recap: &Recap, reports: &Reports) -> bool {
        let Some(crew) = Arc::into_inner(self.crew) else { return false };
        let done = |host: &str| recap.hosts.iter().any(|ended| ended.host == host && ended.state == HostState::Done);
        run::leave(crew, done, reports).await
    }

    /// Ends all conversations.
    pub(super) async fn close(self, reports: &Reports) {
        if let Some(witness) = &self.witness {
            witness.rest().await;
        }
        run::close(self.lookers, reports).await;
        // Nobody else holds it once the run has ended.
        if let Some(crew) = Arc::into_inner(self.crew) {
            run::close(crew, reports).await;
        }
    }
}

/// Clients that are to be asked whether the VIPs answer, where the run has none among its hosts.
fn clients_elsewhere(run: &Run) -> Result<Vec<Target>, Error> {
    let clients = run.site().cluster().groups().clients;
    if run.site().cluster().services.is_empty() || run.hosts().iter().any(|host| clients.contains(&host.to_string())) {
        return Ok(Vec::new());
    }
    Ok(targets(run.site().inventory(), clients.iter().take(LOOKERS).map(String::as_str))?)
}

/// Connects to a host that a task is delegated to; `localhost` needs no inventory.
fn dial(inventory: &Arc<Inventory>, agent: &AgentBinary, purpose: &Purpose) -> Dial<Session> {
    let (inventory, agent, purpose) = (Arc::clone(inventory), agent.clone(), purpose.clone());
    Box::new(move |host| {
        let target = match inventory.host(&host) {
            Some(known) => Target::of(known).map_err(|mistakes| mistakes.render(false)),
            None if ["localhost", "127.0.0.1", "::1"].contains(&host.as_str()) => Ok(Target::local(&host)),
            None => Err(format!("the inventory has no host `{host}`")),
        };
        let (agent, purpose) = (agent.clone(), purpose.clone());
        Box::pin(async move {
            let failed = |came_back| Failure { tried: format!("connect to {host}"), came_back, hint: None };
            let target = target.map_err(failed)?;
            Session::open(&target, &agent, &purpose).await.map_err(|error| error.to_failure())
        })
    })
}

/// What a recap means for the exit status.
pub(super) fn exit(recap: &Recap) -> Exit {
    if recap.stopped {
        Exit::Interrupted
    } else if recap.failed() {
        Exit::Failed
    } else {
        Exit::Ok
    }
}

/// Ctrl-C and SIGTERM stop in order; a second one leaves at once, and the next run repairs.
fn stop_on_interrupt(reports: Reports, stop: Stop) {
    tokio::spawn(async move {
        if interrupt::next().await {
            // Where a question is open, nothing is under way: who asked says so.
            if !stop.is_idle() {
                reports.note(
                    None,
                    "stopping: every node ends the tasks of this play that it has already; Ctrl-C again leaves at once",
                );
            }
            stop.now();
        }
        if interrupt::next().await {
            reports.clear();
            screen::say("left at once; the agents end their steps, and the next apply takes up from there");
            std::process::exit(130);
        }
    });
}
