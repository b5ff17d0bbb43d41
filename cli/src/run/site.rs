//! What the pure half knows: hosts, their variables, and what the cluster model wants of them.

use std::net::IpAddr;

use lvs_agent::wire::Facts;

use crate::{
    model,
    module::Scope,
    playbook::{Play, Task},
    source::Diagnostics,
    yaml::Node,
};

/// Hosts, their variables, and what the cluster model wants of them.
pub trait Site: Send + Sync + 'static {
    /// All hosts, in the order of the inventory.
    fn hosts(&self) -> Vec<String>;

    /// The hosts that a pattern, or a list of patterns, means.
    fn select(&self, pattern: &Node) -> Result<Vec<String>, Diagnostics>;

    /// The variables of a host in a task.
    fn scope<'a>(
        &'a self,
        host: &str,
        facts: &Facts,
        play: &'a Play,
        task: &'a Task,
    ) -> Result<Box<dyn Scope + 'a>, Diagnostics>;

    /// What the cluster model wants of a host.
    fn node(&self, host: &str) -> &model::Node;

    /// Whether a host has no part in the cluster: it may have been a director before.
    fn is_idle(&self, host: &str) -> bool {
        self.node(host).roles.is_empty()
    }

    /// All directors.
    fn directors(&self) -> Vec<String>;

    /// The addresses under which directors send to a host.
    fn real_server_addresses(&self, host: &str) -> Vec<IpAddr>;
}
