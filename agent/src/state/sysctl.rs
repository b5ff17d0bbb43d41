//! A kernel parameter, live and over a boot.

use serde::{Deserialize, Serialize};

use super::Persist;

/// A kernel parameter (sysctl(8)), in the running kernel and in a file that a boot reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sysctl {
    /// Dotted name, such as `net.ipv4.conf.all.arp_ignore`; a device with a dot in its name is written with `/`.
    pub key: String,
    /// The value as sysctl(8) prints it.
    pub value: String,
    /// Other values that are as good and are left alone (an `rp_filter` of 0 where at most 2 is wanted).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<String>,
    /// The file below `/etc/sysctl.d` that keeps the value over a boot; `None` sets the running kernel only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persist: Option<Persist>,
}
