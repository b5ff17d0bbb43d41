//! What became of a run that was armed.

use serde::{Deserialize, Serialize};

use super::{Change, Failure};

/// A run that was taken back on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// The run.
    pub run: String,
    /// Who ran it: `alice@host`.
    pub operator: String,
    /// Why, to follow "because": `it was not confirmed within 30 s`.
    pub reason: String,
    /// What was changed to take it back.
    pub changes: Vec<Change>,
    /// What could not be taken back.
    pub failures: Vec<Failure>,
    /// What was done and has no inverse: commands, restarts.
    pub left: Vec<String>,
}

/// What `lvs-agent confirm RUN` answers, as one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// What was changed stays.
    Confirmed,
    /// It is being taken back, or another run waits.
    Late,
    /// It was taken back.
    RolledBack(Box<RolledBack>),
    /// Nothing waits to be confirmed.
    Nothing,
}
