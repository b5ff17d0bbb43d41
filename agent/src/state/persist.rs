//! Keeping a setting over a boot, as a line in a file of the system.

use serde::{Deserialize, Serialize};

/// Whether a line of a file below `/etc` keeps a setting over a boot. Only that line is touched: the file may be shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persist {
    /// The line is in this file (made, 0644, if it is not there).
    In(String),
    /// The line is not in this file; a file that is left without lines is removed. This is how it is taken back.
    NotIn(String),
}

impl Persist {
    /// The file in question.
    pub fn path(&self) -> &str {
        match self {
            Self::In(path) | Self::NotIn(path) => path,
        }
    }
}
