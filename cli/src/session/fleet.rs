//! Sessions with many nodes.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use super::{AgentBinary, Error, Purpose, Session, Target};

/// Sessions with many nodes, by host.
pub struct Fleet {
    agent: AgentBinary,
    purpose: Purpose,
    sessions: BTreeMap<String, Session>,
}

impl Fleet {
    /// A fleet with no session yet.
    pub fn new(agent: AgentBinary, purpose: Purpose) -> Self {
        Self { agent, purpose, sessions: BTreeMap::new() }
    }

    /// Opens sessions, at most `forks` at the same time. `on_result` hears of each host as it comes.
    pub async fn connect(
        &mut self,
        targets: Vec<Target>,
        forks: usize,
        mut on_result: impl FnMut(&str, Result<&Session, Error>),
    ) {
        let Self { agent, purpose, sessions } = self;
        connect_all(targets, agent, purpose, forks, |host, result| match result {
            Ok(session) => {
                on_result(host, Ok(&session));
                sessions.insert(host.to_owned(), session);
            }
            Err(error) => on_result(host, Err(error)),
        })
        .await;
    }

    /// The session with a host, where one could be opened.
    pub fn get(&mut self, host: &str) -> Option<&mut Session> {
        self.sessions.get_mut(host)
    }

    /// Ends all sessions, as [`close_all`].
    pub async fn close(self) -> Vec<(String, Error)> {
        close_all(self.sessions).await
    }
}

/// Opens sessions, at most `forks` at the same time; `on_result` gets each as it comes.
pub async fn connect_all(
    targets: Vec<Target>,
    agent: &AgentBinary,
    purpose: &Purpose,
    forks: usize,
    mut on_result: impl FnMut(&str, Result<Session, Error>),
) {
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
    while let Some(joined) = opening.join_next().await {
        let (host, result) = joined.expect("opening a session does not panic");
        on_result(&host, result);
    }
}

/// Ends sessions, side by side: the agents let go of their locks. Errors at the end of a conversation are returned to be
/// told, though nothing hangs on them.
pub async fn close_all(sessions: impl IntoIterator<Item = (String, Session)>) -> Vec<(String, Error)> {
    let mut closing = JoinSet::new();
    for (host, session) in sessions {
        closing.spawn(async move { (host, session.close().await) });
    }
    let mut errors = Vec::new();
    while let Some(joined) = closing.join_next().await {
        let (host, result) = joined.expect("closing a session does not panic");
        errors.extend(result.err().map(|error| (host, error)));
    }
    errors
}
