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
        let gate = Arc::new(Semaphore::new(forks.max(1)));
        let mut opening = JoinSet::new();
        for target in targets {
            let (gate, agent, purpose) = (Arc::clone(&gate), self.agent.clone(), self.purpose.clone());
            opening.spawn(async move {
                let _permit = gate.acquire_owned().await.expect("the gate is never closed");
                let session = Session::open(&target, &agent, &purpose).await;
                (target.host, session)
            });
        }
        while let Some(joined) = opening.join_next().await {
            let (host, result) = joined.expect("opening a session does not panic");
            match result {
                Ok(session) => {
                    on_result(&host, Ok(&session));
                    self.sessions.insert(host, session);
                }
                Err(error) => on_result(&host, Err(error)),
            }
        }
    }

    /// The session with a host, where one could be opened.
    pub fn get(&mut self, host: &str) -> Option<&mut Session> {
        self.sessions.get_mut(host)
    }

    /// All sessions, to be used side by side.
    pub fn sessions(&mut self) -> impl Iterator<Item = (&str, &mut Session)> {
        self.sessions.iter_mut().map(|(host, session)| (host.as_str(), session))
    }

    /// Takes a session out, to be used elsewhere; [`Fleet::put`] brings it back.
    pub fn take(&mut self, host: &str) -> Option<Session> {
        self.sessions.remove(host)
    }

    /// Brings a session back, or adds one.
    pub fn put(&mut self, host: String, session: Session) {
        self.sessions.insert(host, session);
    }

    /// Ends all sessions, side by side. Errors at the end of a conversation are told, though nothing hangs on them.
    pub async fn close(self) -> Vec<(String, Error)> {
        let mut closing = JoinSet::new();
        for (host, session) in self.sessions {
            closing.spawn(async move { (host, session.close().await) });
        }
        let mut errors = Vec::new();
        while let Some(joined) = closing.join_next().await {
            let (host, result) = joined.expect("closing a session does not panic");
            errors.extend(result.err().map(|error| (host, error)));
        }
        errors
    }
}
