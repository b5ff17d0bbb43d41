//! What a run needs of the world.

use std::{future::Future, time::Duration};

use lvs_agent::wire::{Answer, Batch, Event, Facts, Failure, Lookup};

use crate::module::LvsVerify;

/// Why a conversation ended before its time.
#[derive(Clone, Debug)]
pub struct Broken {
    /// What was tried, and what came back.
    pub failure: Failure,
    /// The node has taken back everything of the run.
    pub is_taken_back: bool,
}

/// A conversation with the agent of one node. An error means that it is over.
pub trait Connection: Send + 'static {
    /// What the node is.
    fn facts(&self) -> &Facts;

    /// The user who logged in, and became root; `None` where that was root.
    fn login(&self) -> Option<&str> {
        None
    }

    /// Carries out a batch; `on_event` sees every event of it.
    fn run(
        &mut self,
        batch: Batch,
        on_event: &mut (dyn FnMut(&Event) + Send),
    ) -> impl Future<Output = Result<(), Broken>> + Send;

    /// Asks something that changes nothing; the inner failure is the node's answer.
    fn lookup(&mut self, lookup: Lookup) -> impl Future<Output = Result<Result<Answer, Failure>, Failure>> + Send;

    /// What a line of shell prints that must succeed, over a fresh connection and without the agent.
    fn ask(&mut self, line: &str, patience: Duration) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Puts a new conversation with the same node, in another boot of it, in the place of this one. What that boot could
    /// not restore is told.
    fn renew(&mut self, patience: Duration) -> impl Future<Output = Result<Vec<String>, Failure>> + Send;
}

/// Carries out `lvs_verify` from one client.
pub trait Verifier<C>: Send + Sync + 'static {
    /// Sends traffic through every VIP from `client` and judges what came back.
    fn verify(&self, client: &str, task: &LvsVerify, connection: &mut C) -> impl Future<Output = Verdict> + Send;
}

/// What came of a verification.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What was found, in lines for people.
    pub findings: Vec<String>,
    /// Why it is not as it should be.
    pub failure: Option<Failure>,
}
