//! Software packages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Presence;

/// Packages by the node's own package manager, in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Package names as the manager knows them. `NAME=VERSION` is that version: whole, without its epoch, or without its
    /// release; a `*` at the end stands for any rest.
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
    /// What came along when they were installed: it goes with them, where nothing else needs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<String>,
    /// Files on the node from which names are installed, instead of from what the lists have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// Seconds that another's lock on the package manager is waited for; `None` is two minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_seconds: Option<u64>,
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
