//! Looking at a node without wanting anything of it.

use serde::{Deserialize, Serialize};

use super::Checksum;

/// What is looked at. Never a change; what is seen is what the step returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// That the agent answers (Ansible's `ping`).
    Ping,
    /// What is at a path (Ansible's `stat`).
    Stat {
        /// Absolute path on the node.
        path: String,
        /// The end of a symbolic link is looked at.
        follow: bool,
        /// The checksum that a regular file is to be told with.
        checksum: Option<Checksum>,
    },
    /// The content of a file (Ansible's `slurp`).
    Slurp {
        /// Absolute path on the node.
        path: String,
        /// With its checksums, for a copy of it (Ansible's `fetch`).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sums: bool,
        /// It is no failure that it is not there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        may_be_missing: bool,
    },
}
