//! The hosts of a run that are reached, and those that are not.

use std::{collections::BTreeMap, sync::Arc};

use lvs_agent::wire::Failure;

/// The hosts of a run with their conversations. It outlives a run, so that a plan and the apply after it share them.
pub struct Crew<C> {
    pub(super) members: BTreeMap<Arc<str>, Member<C>>,
    pub(super) unreachable: BTreeMap<Arc<str>, Failure>,
}

/// A host that is reached.
pub(super) struct Member<C> {
    pub(super) connection: C,
    /// The next step's number; never twice in a conversation.
    pub(super) next_step: u64,
}

impl<C> Default for Crew<C> {
    fn default() -> Self {
        Self { members: BTreeMap::new(), unreachable: BTreeMap::new() }
    }
}

impl<C> Crew<C> {
    /// Adds a host, reached or not.
    pub fn add(&mut self, host: &str, result: Result<C, Failure>) {
        match result {
            Ok(connection) => {
                self.members.insert(host.into(), Member { connection, next_step: 1 });
            }
            Err(failure) => {
                self.unreachable.insert(host.into(), failure);
            }
        }
    }

    /// Whether no host is reached.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The conversations, given away: to be closed.
    pub fn into_connections(self) -> impl Iterator<Item = (Arc<str>, C)> {
        self.members.into_iter().map(|(host, member)| (host, member.connection))
    }
}
