//! Software packages.

use serde::{Deserialize, Serialize};

use super::Presence;

/// Packages by the node's own package manager, in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Package names as the manager knows them.
    pub names: Vec<String>,
    /// Whether they should be installed.
    #[serde(default)]
    pub state: Presence,
    /// The newest version that the package lists have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub latest: bool,
    /// With what they recommend (apt only); `None` leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommends: Option<bool>,
    /// Configuration goes with the package (apt only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub purge: bool,
}

/// The lists from which the package manager knows what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageLists {
    /// They are refreshed when they are older.
    pub max_age_seconds: u64,
    /// Whether that counts as a change: it does where nothing else is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_as_change: bool,
}
