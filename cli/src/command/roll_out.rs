//! Carrying out a playbook: what `plan` and `apply` share.

use std::{path::Path, sync::Arc};

use lvs_agent::wire::Mode;

use super::{
    Error, identity, interrupt,
    prepared::{Prepared, Selection, targets},
    screen,
};
use crate::{
    args::RunOptions,
    exit::Exit,
    report::{Recap, Reports},
    run::{self, ClientVerifier, ClusterSite, Crew, Run, Stop},
    session::{AgentBinary, Session},
};

/// A playbook and the hosts that it is for, connected.
pub(super) struct RollOut {
    run: Arc<Run<ClusterSite>>,
    crew: Crew<Session>,
    verifier: Arc<ClientVerifier>,
    stop: Stop,
}

impl RollOut {
    /// Finds every mistake there is to find, and only then connects to the hosts.
    pub(super) async fn connect(
        playbook: Option<&Path>,
        options: &RunOptions,
        tags: &[String],
        lock: bool,
        reports: &Reports,
    ) -> Result<Self, Error> {
        let prepared = Prepared::load(&options.sources.beside(playbook))?;
        let run = Arc::new(prepared.into_run(playbook, Selection { limit: options.limit.as_deref(), tags })?);
        let agent = AgentBinary::find(options.agent.as_deref())?;
        let targets = targets(run.site().inventory(), run.hosts().iter().map(AsRef::as_ref))?;
        let crew = run::connect(targets, &agent, &identity::purpose(lock), options.forks.into(), reports).await;
        let verifier = Arc::new(ClientVerifier::new(run.site().cluster(), &crew));
        Ok(Self { run, crew, verifier, stop: stop_on_interrupt(reports.clone()) })
    }

    /// Carries the playbook out.
    pub(super) async fn carry_out(&mut self, mode: Mode, reports: &Reports) -> Recap {
        self.run.carry_out(mode, &mut self.crew, &self.verifier, &self.stop, reports).await
    }

    /// Ends all conversations.
    pub(super) async fn close(self, reports: &Reports) {
        run::close(self.crew, reports).await;
    }
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
fn stop_on_interrupt(reports: Reports) -> Stop {
    let stop = Stop::default();
    let asked = stop.clone();
    tokio::spawn(async move {
        if interrupt::next().await {
            reports.note(
                None,
                "stopping: every node ends the tasks of this play that it has already; Ctrl-C again leaves at once",
            );
            asked.now();
        }
        if interrupt::next().await {
            reports.clear();
            screen::say("left at once; the agents end their steps, and the next apply takes up from there");
            std::process::exit(130);
        }
    });
    stop
}
