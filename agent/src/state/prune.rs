//! Taking back what lvsctl once made and no longer wants.

use serde::{Deserialize, Serialize};

use super::ResourceId;

/// The tag of what was made by a step without one: by tasks that belong to no role.
pub const UNTAGGED: &str = "task";

/// Takes back every resource that the agent made under `tag` and that is not in `keep`, each to what was there before it.
///
/// The order is the point: the IPVS table goes first, when its connections have ended; then addresses, routes and files;
/// then the settings under which they were safe to have, such as the arp settings of a VIP; kernel modules are last. Of
/// one kind the newest goes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// The tag the resources were applied with (see `wire::Step::tag`), or [`UNTAGGED`].
    pub tag: String,
    /// What stays.
    pub keep: Vec<ResourceId>,
    /// Seconds that the real servers of an IPVS table that goes have for their connections, as in
    /// [`IpvsTable::drain_seconds`](super::IpvsTable::drain_seconds); `None` is
    /// [`DEFAULT_DRAIN_SECONDS`](super::DEFAULT_DRAIN_SECONDS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain_seconds: Option<u64>,
}
