//! Runs over real sessions.

use std::{sync::Arc, time::Duration};

use lvs_agent::wire::{Answer, Batch, Event as AgentEvent, Facts, Failure, Lookup, RolledBack};

use super::{Broken, Connection, Crew, VipWitness};
use crate::{
    model::Cluster,
    report::{Event, Reports},
    session::{AgentBinary, Error, Purpose, Session, Target, close_all, connect_all},
};

impl Connection for Session {
    fn facts(&self) -> &Facts {
        self.facts()
    }

    fn login(&self) -> Option<&str> {
        self.login()
    }

    async fn run(&mut self, batch: Batch, on_event: &mut (dyn FnMut(&AgentEvent) + Send)) -> Result<(), Broken> {
        self.run(batch, on_event)
            .await
            .map_err(|error| Broken { failure: error.to_failure(), is_taken_back: error.is_taken_back() })
    }

    async fn lookup(&mut self, lookup: Lookup) -> Result<Result<Answer, Failure>, Failure> {
        match self.lookup(lookup).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Error::Lookup(failure)) => Ok(Err(failure)),
            Err(error) => Err(error.to_failure()),
        }
    }

    async fn ask(&mut self, line: &str, patience: Duration) -> Result<String, Failure> {
        self.ask(line, patience).await.map_err(|error| error.to_failure())
    }

    async fn renew(&mut self, patience: Duration) -> Result<Vec<String>, Failure> {
        self.renew(patience).await.map_err(|error| error.to_failure())
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
        if let Some(told) = session.as_ref().ok().and_then(Session::rolled_back) {
            reports.note(Some(host), taken_back(told));
        }
        crew.add(host, session);
    })
    .await;
    crew
}

/// Conversations with hosts that are asked to look and change nothing. Who cannot be reached, or has no agent yet, is left
/// out without a word.
pub async fn connect_to_look(targets: Vec<Target>, agent: AgentBinary, purpose: Purpose) -> Crew<Session> {
    let purpose = Purpose { lock: false, guard_seconds: None, pushes: false, ..purpose };
    let (crew, forks) = (Crew::default(), targets.len());
    connect_all(targets, &agent, &purpose, forks, |host, session| {
        if let Ok(session) = session {
            crew.add(host, Ok(session));
        }
    })
    .await;
    crew
}

impl VipWitness<Session> {
    /// Begins to ask from this machine which VIPs answer.
    pub fn of(cluster: &Cluster) -> Arc<Self> {
        Arc::new(Self::new(cluster))
    }

    /// From here on nothing that may cut the connection stays on the hosts of a crew if a VIP goes silent with it. Others
    /// may look, too. The witness is to [rest](Self::rest) before the conversations end.
    pub async fn watch(self: &Arc<Self>, cluster: &Cluster, crew: &Crew<Session>, lookers: &Crew<Session>) {
        for member in crew.members().into_values() {
            if let Some(session) = &mut member.lock().await.connection {
                session.heed(Arc::<Self>::clone(self));
            }
        }
        self.begin(cluster, [crew, lookers]).await;
    }
}

/// What was taken back before this run could begin.
fn taken_back(told: &RolledBack) -> String {
    let RolledBack { run, operator, reason, changes, failures, left } = told;
    let mut lines = vec![format!("the run {run} of {operator} was taken back: {reason}")];
    lines.extend(changes.iter().map(|change| format!("  {change}")));
    lines.extend(left.iter().map(|left| format!("  {left} was run, and has no inverse")));
    lines.extend(failures.iter().map(|failure| format!("  failed to {}: {}", failure.tried, failure.came_back)));
    lines.join("\n")
}

/// The agent leaves the hosts that are `done`; the other conversations are ended. Whether it left every host.
pub async fn leave(crew: Crew<Session>, done: impl Fn(&str) -> bool, reports: &Reports) -> bool {
    let (done, others): (Vec<_>, Vec<_>) = crew.into_connections().partition(|(host, _)| done(host));
    let mut leaving = tokio::task::JoinSet::new();
    for (host, session) in done {
        leaving.spawn(async move { (host, session.leave().await) });
    }
    let mut all_left = others.is_empty();
    while let Some(joined) = leaving.join_next().await {
        let (host, result) = joined.expect("leaving does not panic");
        if let Err(error) = result {
            let failure = error.to_failure();
            let hint = failure.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            reports.note(Some(&host), format!("failed to {}: {}{hint}", failure.tried, failure.came_back));
            all_left = false;
        }
    }
    let others = others.into_iter().map(|(host, session)| (host.to_string(), session));
    tell_unclosed(close_all(others).await, reports);
    all_left
}

/// Ends all conversations, and reports on those that did not end in order.
pub async fn close(crew: Crew<Session>, reports: &Reports) {
    let sessions = crew.into_connections().map(|(host, session)| (host.to_string(), session));
    tell_unclosed(close_all(sessions).await, reports);
}

fn tell_unclosed(errors: Vec<(String, Error)>, reports: &Reports) {
    for (host, error) in errors {
        let failure = error.to_failure();
        reports.note(Some(&host), format!("failed to {}: {}", failure.tried, failure.came_back));
    }
}
