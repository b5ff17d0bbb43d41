//! The IPVS table of a director.

use serde::{Deserialize, Serialize};

use super::{SyncDaemon, Timeouts, VirtualService};

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
    /// How long idle connections are kept; `None` leaves all of that alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Timeouts>,
    /// The sync daemons, at most one of each role. `None` leaves those that run alone; with a list, exactly these run
    /// in the end, whoever started the others, and with an empty one none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<Vec<SyncDaemon>>,
}

impl IpvsTable {
    /// These services and nothing else said: what others made stays, timeouts and sync daemons are left alone.
    pub fn of(services: Vec<VirtualService>, drain_seconds: u64) -> Self {
        Self { services, purge: false, drain_seconds, timeouts: None, sync: None }
    }
}
