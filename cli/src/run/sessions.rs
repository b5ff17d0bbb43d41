//! Runs over real sessions.

use lvs_agent::wire::{Answer, Batch, Event as AgentEvent, Facts, Failure, Lookup};

use super::{Connection, Crew};
use crate::{
    report::{Event, Reports},
    session::{AgentBinary, Error, Purpose, Session, Target, close_all, connect_all},
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
    let crew = Crew::default();
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

/// Ends all conversations, and reports on those that did not end in order.
pub async fn close(crew: Crew<Session>, reports: &Reports) {
    let sessions = crew.into_connections().map(|(host, session)| (host.to_string(), session));
    for (host, error) in close_all(sessions).await {
        let failure = error.to_failure();
        reports.note(Some(&host), format!("failed to {}: {}", failure.tried, failure.came_back));
    }
}
