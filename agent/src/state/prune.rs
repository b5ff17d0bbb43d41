//! Taking back what lvsctl once made and no longer wants.

use serde::{Deserialize, Serialize};

use super::ResourceId;

/// Takes back every resource that the agent made under `tag` and that is not in `keep`, in the reverse of the order in
/// which they were made, each to what was there before it.
///
/// The order is the point: a VIP came after the arp settings, so it goes before them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// The tag the resources were applied with (see `wire::Step::tag`).
    pub tag: String,
    /// What stays.
    pub keep: Vec<ResourceId>,
}
