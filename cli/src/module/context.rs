//! What a module may ask while it says what it wants of a host.

use lvs_agent::{
    state::{Resource, ResourceId},
    wire::Facts,
};
use serde_json::Value as Json;

use crate::{
    source::{Diagnostics, Span},
    yaml::Node,
};

/// The variables of one host in one task.
pub trait Scope {
    /// The value with its templates rendered; places stay.
    fn render(&self, node: &Node) -> Result<Node, Diagnostics>;

    /// Whether a condition holds (`when`: an expression without braces).
    fn holds(&self, condition: &Node) -> Result<bool, Diagnostics>;

    /// The text of a template by name, with more variables than the scope's own; `place` is who asks for it.
    fn template(&self, name: &str, place: Option<&Span>, more: &[(&str, Json)]) -> Result<String, Diagnostics>;
}

/// A role of the cluster that a node may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// It has devices, addresses and routes.
    Network,
    /// It answers for a VIP.
    RealServer,
    /// It forwards.
    Director,
}

/// What the cluster model wants of one node, by role, in the order in which it is to be made.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// [`Stage::Network`].
    pub network: Vec<Resource>,
    /// [`Stage::RealServer`].
    pub real_server: Vec<Resource>,
    /// [`Stage::Director`].
    pub director: Vec<Resource>,
}

/// Everything a module may ask about a host.
pub struct Context<'a> {
    /// Its variables.
    pub scope: &'a dyn Scope,
    /// What it is.
    pub facts: &'a Facts,
    /// What the cluster model wants of it.
    pub roles: &'a Roles,
    /// The task's arguments are a secret.
    pub sensitive: bool,
    /// Whether a command counts as a change.
    pub counts_as_change: bool,
}

/// A resource that a task wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The role it is made for, under which it can be taken back.
    pub stage: Option<Stage>,
    /// What should be.
    pub resource: Resource,
}

impl Stage {
    /// The ownership tag on the node: the name of the module.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Network => "lvs_network",
            Self::RealServer => "lvs_real_server",
            Self::Director => "lvs_director",
        }
    }
}

impl Roles {
    /// What a role wants.
    pub fn of(&self, role: Stage) -> &[Resource] {
        match role {
            Stage::Network => &self.network,
            Stage::RealServer => &self.real_server,
            Stage::Director => &self.director,
        }
    }

    /// Everything that any role wants.
    pub fn resource_ids(&self) -> Vec<ResourceId> {
        self.network.iter().chain(&self.real_server).chain(&self.director).map(Resource::id).collect()
    }
}

impl Wanted {
    /// A resource that no role owns.
    pub(super) fn plain(resource: Resource) -> Self {
        Self { stage: None, resource }
    }
}
