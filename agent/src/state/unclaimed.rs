//! A file of the network that nobody else claims.

use serde::{Deserialize, Serialize};

/// Nobody but lvsctl has written a file, or a line elsewhere about the same device. A condition: nothing is changed, and
/// what a person wrote is told by file and line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unclaimed {
    /// The file that lvsctl writes. One that is there must be recorded as lvsctl's, or begin with `heading`.
    pub path: String,
    /// The first line of what lvsctl writes.
    pub heading: String,
    /// Where else it may stand: files, or `*` with an ending as the last part of a path (`/etc/netplan/*.yaml`). Files
    /// that begin with `heading` are passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// What a line there begins with, without quotes and with one space between words: `iface eth0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
}
