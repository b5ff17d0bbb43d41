//! What one node must be.

use lvs_agent::state::{Resource, ResourceId};
use serde::Serialize;

use super::Interface;

/// What one node must be: three stages, each in the order in which it must be applied.
///
/// `network` comes first, on all nodes; then `real_server` on the real servers, and only then `director` on the
/// directors, so that a director never sends to a real server that is not ready.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Node {
    /// What the node is in the cluster.
    pub roles: Vec<Role>,
    /// Its devices, for the templates of the system's own network files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interfaces: Vec<Interface>,
    /// Links, addresses and routes of `lvs_interfaces`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<Resource>,
    /// What makes it a real server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub real_server: Vec<Resource>,
    /// What makes it a director.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub director: Vec<Resource>,
    /// How long real servers that leave may keep their connections, also when the node is a director no more.
    #[serde(skip)]
    pub drain_seconds: Option<u64>,
}

/// What a node is in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has virtual services in its IPVS table.
    Director,
    /// Is sent to.
    RealServer,
    /// Asks for what the cluster serves, to verify it.
    Client,
}

impl Node {
    /// Every resource that should be there, over all stages: what a prune must keep.
    pub fn resource_ids(&self) -> Vec<ResourceId> {
        let stages = [&self.network, &self.real_server, &self.director];
        stages.into_iter().flatten().filter(|resource| resource.is_wanted()).map(Resource::id).collect()
    }
}
