//! Carrying out a playbook: what `plan` and `apply` share.

use std::sync::Arc;

use lvs_agent::wire::Mode;

use super::{
    Error,
    cluster_site::ClusterSite,
    connection::{ClientVerifier, failure},
    identity,
    prepared::{Prepared, Selection},
    screen,
};
use crate::{
    args::RunOptions,
    exit::Exit,
    report::{Event, Recap, Reports},
    run::{Crew, Run, Site, Stop},
    session::{AgentBinary, Session, connect_all},
    verify::DirectorMacs,
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
        playbook: Option<&std::path::Path>,
        options: &RunOptions,
        lock: bool,
        reports: &Reports,
    ) -> Result<Self, Error> {
        let prepared = Prepared::load(&options.sources)?;
        let run = prepared.run(playbook, Selection::from(options))?;
        let agent = AgentBinary::find(options.agent.as_deref())?;
        let targets = prepared.targets(run.hosts().iter().map(AsRef::as_ref))?;
        let directors = run.site().directors();
        let (mut crew, mut macs) = (Crew::default(), DirectorMacs::default());
        let hosts = run.hosts().iter().map(ToString::to_string).collect();
        reports.send(&Event::Connecting { hosts });
        let purpose = identity::purpose(lock);
        connect_all(targets, &agent, &purpose, options.forks.into(), |host, result| {
            let result = result.map_err(|error| failure(&error));
            match &result {
                Ok(session) => {
                    if directors.iter().any(|director| director == host) {
                        macs.add(host, &session.facts().interfaces);
                    }
                    reports.send(&Event::HostConnected { host: host.to_owned() });
                }
                Err(failure) => {
                    reports.send(&Event::HostUnreachable { host: host.to_owned(), failure: failure.clone() });
                }
            }
            crew.add(host, result);
        })
        .await;
        let verifier = Arc::new(ClientVerifier { cluster: Arc::clone(&prepared.cluster), directors: macs });
        Ok(Self { run: Arc::new(run), crew, verifier, stop: stop_on_interrupt() })
    }

    /// Carries the playbook out.
    pub(super) async fn carry_out(&mut self, mode: Mode, reports: &Reports) -> Recap {
        self.run.carry_out(mode, &mut self.crew, &self.verifier, &self.stop, reports).await
    }

    /// Ends all conversations, side by side.
    pub(super) async fn close(self) {
        let mut closing = tokio::task::JoinSet::new();
        for (host, session) in self.crew.into_connections() {
            closing.spawn(async move { (host, session.close().await) });
        }
        while let Some(joined) = closing.join_next().await {
            let (host, result) = joined.expect("closing a session does not panic");
            if let Err(error) = result {
                // All results are in: nothing hangs on an end that was not in order, but it is told.
                screen::say(&format!("{host}: failed to {error}"));
            }
        }
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

/// Ctrl-C stops in order; a second one leaves at once, and the next run repairs.
fn stop_on_interrupt() -> Stop {
    let stop = Stop::default();
    let asked = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            screen::say("stopping: what is under way may end; Ctrl-C again leaves at once");
            asked.now();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            screen::say("left at once; the agents end their steps, and the next apply takes up from there");
            std::process::exit(130);
        }
    });
    stop
}
