//! Software packages.

use serde::{Deserialize, Serialize};

use super::Presence;

/// Packages by the node's own package manager, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Package names as the manager knows them.
    pub names: Vec<String>,
    /// Whether they should be installed.
    #[serde(default)]
    pub state: Presence,
}
