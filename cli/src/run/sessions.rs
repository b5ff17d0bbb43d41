//! Runs over real sessions.

use std::sync::Arc;

use lvs_agent::wire::{Answer, Batch, Event as AgentEvent, Facts, Failure, Lookup};
use tokio::{sync::Semaphore, task::JoinSet};

use super::{Connection, Crew};
use crate::{
    report::{Event, Reports},
    session::{AgentBinary, Error, Purpose, Session, Target},
};

impl Connection for Session {
    fn facts(&self) -> &Facts {
        self.facts()
    }

    async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&AgentEvent) + Send)) -> Result<(), Failure> {
        self.run(batch, on_event).await.map_err(|error| failure(&error))
    }

    async fn lookup(&mut self, lookup: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        match self.lookup(lookup).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Error::Lookup(failure)) => Ok(Err(failure)),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// Connects to hosts, at most `forks` at the same time, and reports on each.
pub async fn connect(
    targets: Vec<Target>,
    agent: &AgentBinary,
    purpose: &Purpose,
    forks: usize,
    reports: &Reports,
) -> Crew<Session> {
    reports.send(&Event::Connecting { hosts: targets.iter().map(|target| target.host.clone()).collect() });
    let gate = Arc::new(Semaphore::new(forks.max(1)));
    let mut opening = JoinSet::new();
    for target in targets {
        let (gate, agent, purpose) = (Arc::clone(&gate), agent.clone(), purpose.clone());
        opening.spawn(async move {
            let _permit = gate.acquire_owned().await.expect("the gate is never closed");
            let session = Session::open(&target, &agent, &purpose).await;
            (target.host, session)
        });
    }
    let mut crew = Crew::default();
    while let Some(joined) = opening.join_next().await {
        let (host, session) = joined.expect("opening a session does not panic");
        let session = session.map_err(|error| failure(&error));
        reports.send(&match &session {
            Ok(_) => Event::HostConnected { host: host.clone() },
            Err(failure) => Event::HostUnreachable { host: host.clone(), failure: failure.clone() },
        });
        crew.add(&host, session);
    }
    crew
}

/// Ends all conversations, side by side: the agents let go of their locks.
pub async fn close(crew: Crew<Session>, reports: &Reports) {
    let mut closing = JoinSet::new();
    for (host, session) in crew.into_connections() {
        closing.spawn(async move { (host, session.close().await) });
    }
    while let Some(joined) = closing.join_next().await {
        let (host, result) = joined.expect("closing a session does not panic");
        if let Err(error) = result {
            let failure = failure(&error);
            reports.note(Some(&host), format!("failed to {}: {}", failure.tried, failure.came_back));
        }
    }
}

/// An error of a session for a report: what was tried, and the chain of causes as what came back.
fn failure(error: &Error) -> Failure {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    Failure { tried: error.to_string(), came_back: causes.join("\n"), hint: error.hint() }
}
