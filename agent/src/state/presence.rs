//! Whether a thing should be there.

use serde::{Deserialize, Serialize};

/// Whether a thing should be there or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It should be there.
    #[default]
    Present,
    /// It should not be there.
    Absent,
}
