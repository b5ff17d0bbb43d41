//! What the controller asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Lookup;
use crate::state::Resource;

/// One line from the controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The first line.
    Hello(Hello),
    /// Steps to carry out in order. The batch ends at the first failure.
    Run(Batch),
    /// A question that changes nothing.
    Lookup(Lookup),
    /// The last line to a node that lvsctl leaves: the agent takes its own folder away, with the journals of all runs and
    /// itself. It refuses where something is still lvsctl's.
    Leave,
    /// The last line; the agent lets go of the lock and ends. End of input means the same.
    Bye,
}

/// The controller's first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`super::PROTOCOL`] of the controller.
    pub protocol: u32,
    /// Version of lvsctl, for messages.
    pub version: String,
    /// Who is at work, for the lock: `alice@host`.
    pub operator: String,
    /// Names the run in the journal.
    pub run: String,
    /// Take the node's lock; without it only [`Mode::Check`] and look-ups are answered.
    pub lock: bool,
    /// Changes that may cut the connection are taken back after so many seconds unless they are confirmed over a fresh
    /// connection; `None` takes nothing back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard_seconds: Option<u32>,
}

/// Steps to carry out in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Whether to change anything.
    pub mode: Mode,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Whether to change anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Query and diff only.
    Check,
    /// All the way.
    Apply,
}

/// One resource of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Number that the events about it carry; chosen by the controller, never twice in a session.
    pub id: u64,
    /// The task it belongs to, for the journal and for messages.
    pub task: String,
    /// Ownership tag: what is made under a tag is recorded on the node and can be pruned. `None` records nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What it is about is a secret: the journal has its kind, and nothing else of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Variables for the environment of every program that is run for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// What should be.
    pub resource: Resource,
}
