//! The hosts of a run that are reached, and those that are not.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use lvs_agent::wire::Failure;

/// Connects to a host that nobody has connected to yet.
pub type Dial<C> = Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<C, Failure>> + Send>> + Send + Sync>;

/// The hosts of a run with their conversations. It outlives a run, so that a plan and the apply after it share them.
pub struct Crew<C> {
    members: Mutex<BTreeMap<Arc<str>, Member<C>>>,
    unreachable: Mutex<BTreeMap<Arc<str>, Failure>>,
    dial: Option<Dial<C>>,
    /// One host is dialled at a time: a second line to a node would find its lock taken by the first.
    dialling: tokio::sync::Mutex<()>,
}

/// A host that is reached. Others than its own tasks may speak with it, too, when they are delegated to it.
pub(super) type Member<C> = Arc<tokio::sync::Mutex<Line<C>>>;

/// A conversation.
pub(super) struct Line<C> {
    /// None once it broke.
    pub(super) connection: Option<C>,
    /// The next step's number; never twice in a conversation.
    pub(super) next_step: u64,
}

impl<C> Default for Crew<C> {
    fn default() -> Self {
        Self {
            members: Mutex::default(),
            unreachable: Mutex::default(),
            dial: None,
            dialling: tokio::sync::Mutex::default(),
        }
    }
}

impl<C> Crew<C> {
    /// Connects to hosts that tasks are delegated to in this way.
    #[must_use]
    pub fn with_dial(mut self, dial: Dial<C>) -> Self {
        self.dial = Some(dial);
        self
    }

    /// Adds a host, reached or not.
    pub fn add(&self, host: &str, result: Result<C, Failure>) {
        match result {
            Ok(connection) => {
                let line = Line { connection: Some(connection), next_step: 1 };
                lock(&self.members).insert(host.into(), Arc::new(tokio::sync::Mutex::new(line)));
            }
            Err(failure) => {
                lock(&self.unreachable).insert(host.into(), failure);
            }
        }
    }

    /// Whether no host is reached.
    pub fn is_empty(&self) -> bool {
        lock(&self.members).is_empty()
    }

    /// The conversations, given away: to be closed.
    pub fn into_connections(self) -> impl Iterator<Item = (Arc<str>, C)> {
        let members = self.members.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Nobody speaks any more when a run has ended.
        let lines =
            members.into_iter().filter_map(|(host, member)| Some((host, Arc::into_inner(member)?.into_inner())));
        lines.filter_map(|(host, line)| Some((host, line.connection?)))
    }

    /// The hosts that are reached.
    pub(super) fn members(&self) -> BTreeMap<Arc<str>, Member<C>> {
        lock(&self.members).clone()
    }

    /// Lets go of a host.
    #[cfg(test)]
    pub(super) fn forget(&self, host: &str) {
        lock(&self.members).remove(host);
    }

    /// The hosts that cannot be reached.
    pub(super) fn unreachable(&self) -> BTreeMap<Arc<str>, Failure> {
        lock(&self.unreachable).clone()
    }

    /// The conversation with a host, if there is one.
    pub(super) fn member(&self, host: &str) -> Option<Member<C>> {
        lock(&self.members).get(host).cloned()
    }

    /// The conversation with a host; one is opened where there is none.
    pub(super) async fn reach(&self, host: &str) -> Result<Member<C>, Failure> {
        if let Some(member) = self.member(host) {
            return Ok(member);
        }
        let _turn = self.dialling.lock().await;
        if let Some(member) = self.member(host) {
            return Ok(member);
        }
        let known = lock(&self.unreachable).get(host).cloned();
        let result = match (known, &self.dial) {
            (Some(failure), _) => return Err(failure),
            (None, Some(dial)) => dial(host.to_owned()).await,
            (None, None) => {
                let came_back = "it is no host of this run".to_owned();
                Err(Failure { tried: format!("reach {host}"), came_back, hint: None })
            }
        };
        self.add(host, Ok(result?));
        self.member(host).ok_or_else(Failure::default)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
