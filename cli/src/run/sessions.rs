//! Runs over real sessions.

use lvs_agent::wire::{Answer, Batch, Event as AgentEvent, Facts, Failure, Lookup};
use tokio::task::JoinSet;

use super::{Connection, Crew};
use crate::{
    report::{Event, Reports},
    session::{AgentBinary, Error, Purpose, Session, Target, connect_all},
};

impl Connection for Session {
    fn facts(&self) -> &Facts {
        self.facts()
    }

    async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&AgentEvent) + Send)) -> Result<(), Failure> {
        self.run(batch, on_event).await.map_err(|error| error.to_failure())
    }

    async fn lookup(&mut self, lookup: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        match self.lookup(lookup).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Error::Lookup(failure)) => Ok(Err(failure)),
            Err(error) => Err(error.to_failure()),
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
    let mut crew = Crew::default();
    connect_all(targets, agent, purpose, forks, |host, session| {
        let session = session.map_err(|error| error.to_failure());
        reports.send(&match &session {
            Ok(_) => Event::HostConnected { host: host.to_owned() },
            Err(failure) => Event::HostUnreachable { host: host.to_owned(), failure: failure.clone() },
        });
        crew.add(host, session);
    })
    .await;
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
            let failure = error.to_failure();
            reports.note(Some(&host), format!("failed to {}: {}", failure.tried, failure.came_back));
        }
    }
}
