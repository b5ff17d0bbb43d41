//! A command to run on a node.

use serde::{Deserialize, Serialize};

/// A command, run without a shell. It counts as a change each time it runs, unless `creates` or `removes` says that
/// its work is done; in check mode it is not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Working folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chdir: Option<String>,
    /// Not run when this path exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates: Option<String>,
    /// Run only when this path exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<String>,
    /// Standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// Seconds after which it is killed and counts as failed; `None` is ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Whether a successful run counts as a change (Ansible's `changed_when: false` says no).
    #[serde(default = "yes")]
    pub counts_as_change: bool,
}

fn yes() -> bool {
    true
}
