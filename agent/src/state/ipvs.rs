//! The IPVS table of a director.

use serde::{Deserialize, Serialize};

use super::VirtualService;

/// How long a real server that leaves may keep its connections, where the inventory does not say.
pub const DEFAULT_DRAIN_SECONDS: u64 = 60;

/// The virtual services a director should have. It is reached by difference, never by a flush.
///
/// Services that lvsctl did not make are left alone unless `purge` is set; those that it made and that are no longer
/// here go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpvsTable {
    /// The services, in the order of the inventory.
    pub services: Vec<VirtualService>,
    /// Also remove services that lvsctl did not make.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub purge: bool,
    /// Seconds for which a real server that leaves stays at weight 0 while its active connections end. If some are
    /// left by then, it stays at weight 0 and the step fails, saying so: a connection is never broken in silence.
    /// 0 removes it at once.
    pub drain_seconds: u64,
}
