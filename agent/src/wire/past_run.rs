//! What a node remembers of a run.

use serde::{Deserialize, Serialize};

/// A run that changed something on the node, from its journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    /// What names it: seconds since 1970 and more, so that names sort by time.
    pub run: String,
    /// Who ran it: `alice@host`.
    pub operator: String,
    /// When its first change was begun, in seconds since 1970 by the node's clock.
    pub at: u64,
    /// Resources that it changed.
    pub changes: usize,
    /// Those of them that failed, or of which it is not known how they ended.
    pub failed: usize,
    /// Those of them that have no inverse: commands, restarts.
    pub for_good: usize,
    /// It was taken back.
    pub taken_back: bool,
}

/// Whether a text may name a run, and so a file on a node and a word of a playbook.
pub fn is_run_name(run: &str) -> bool {
    (1..=80).contains(&run.len())
        && !run.starts_with('.')
        && run.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}
