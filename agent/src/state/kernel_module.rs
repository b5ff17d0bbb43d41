//! A kernel module, loaded now and at each boot.

use serde::{Deserialize, Serialize};

use super::{Persist, Presence};

/// A kernel module. One that is built into the kernel counts as loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelModule {
    /// Name, such as `ip_vs_wrr`.
    pub name: String,
    /// Whether it should be loaded.
    #[serde(default)]
    pub state: Presence,
    /// The file below `/etc/modules-load.d` that loads it at boot; `None` leaves the boot alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persist: Option<Persist>,
}
