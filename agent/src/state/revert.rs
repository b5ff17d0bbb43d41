//! Taking back what a run did.

use serde::{Deserialize, Serialize};

/// Takes back what a run changed on the node, by the inverse of each change from its journal, the newest first.
///
/// A run that is not in the node's journals changed nothing there, and one that was taken back already is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revert {
    /// The run.
    pub run: String,
    /// What of it. A cluster is taken back in the reverse of the order in which it was rolled out, so that not all of a
    /// node comes at once.
    #[serde(default)]
    pub part: RevertPart,
}

/// What of a run is taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevertPart {
    /// All of it.
    #[default]
    All,
    /// What it took away since it was no longer wanted: that came last.
    Leaving,
    /// What it made: all but [`Self::Leaving`]. It comes after that, and ends it.
    Made,
}
