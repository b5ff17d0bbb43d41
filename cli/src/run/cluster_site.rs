//! The site of a real run: inventory, cluster model and templates.

use std::{
    collections::{BTreeMap, HashSet},
    net::IpAddr,
    sync::Arc,
};

use super::{magic::World, memory::Memory};
use crate::{
    inventory::{Group, Inventory, Vars},
    model::{Cluster, Node as ClusterNode},
    source::Diagnostics,
    template::Engine,
    yaml::Node,
};

/// Inventory, cluster model and templates, put together.
#[derive(Debug)]
pub struct ClusterSite {
    inventory: Arc<Inventory>,
    /// Each host's variables as written: what is in them may need what only a play knows.
    written: Arc<BTreeMap<String, Arc<Vars>>>,
    cluster: Cluster,
    engine: Engine,
    /// What a host without any part in the cluster must be.
    nothing: ClusterNode,
}

impl ClusterSite {
    /// `inventory` is resolved, and `cluster` made from it. The groups that follow from the cluster are added to the
    /// inventory, so that playbooks can name them.
    pub fn new(inventory: Inventory, cluster: Cluster, engine: Engine) -> Self {
        let mut inventory = inventory;
        for (name, hosts) in cluster.groups().iter() {
            let group = Group { direct_hosts: hosts.to_vec(), hosts: hosts.to_vec(), ..Group::default() };
            inventory.groups.insert(name.to_owned(), group);
        }
        // What has no template in it is shared with the inventory, and not copied for each host.
        let written = inventory.hosts.iter().map(|host| {
            let mut vars = host.vars.clone();
            for layer in &host.layers {
                vars.extend(layer.vars.iter().map(|(name, node)| (name.clone(), node.clone())));
            }
            (host.name.clone(), Arc::new(vars))
        });
        let written = Arc::new(written.collect());
        Self { inventory: Arc::new(inventory), written, cluster, engine, nothing: ClusterNode::default() }
    }

    /// The inventory, with the groups that follow from the cluster.
    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// What is known of all hosts, with what a run remembers.
    pub(super) fn world(&self, memory: &Arc<Memory>) -> World {
        World {
            inventory: Arc::clone(&self.inventory),
            written: Arc::clone(&self.written),
            memory: Arc::clone(memory),
            engine: self.engine.clone(),
        }
    }

    /// The variables of a host of which these facts are known, for tests of modules.
    #[cfg(test)]
    pub(crate) fn scope(
        &self,
        host: &str,
        facts: &lvs_agent::wire::Facts,
        play: &crate::playbook::Play,
        directives: &crate::playbook::Directives,
    ) -> impl crate::module::Scope {
        let memory = Arc::new(Memory::default());
        memory.learn(host, facts);
        let names = Arc::default();
        super::scopes::Scopes::new(self.world(&memory), names, Arc::default(), play, std::collections::BTreeSet::new())
            .of(host, directives)
    }

    /// All hosts, in the order of the inventory.
    pub fn hosts(&self) -> Vec<String> {
        self.inventory.hosts.iter().map(|host| host.name.clone()).collect()
    }

    /// The hosts that a pattern, or a list of patterns, means.
    pub fn select(&self, pattern: &Node) -> Result<Vec<String>, Diagnostics> {
        let mut selected: Vec<String> = Vec::new();
        for part in pattern.as_list_or_one() {
            let hosts =
                self.inventory.select(part.as_str()?).map_err(|error| error.into_diagnostic(Some(&part.span)))?;
            selected.extend(hosts.into_iter().map(|host| host.name.clone()));
        }
        let mut seen = HashSet::new();
        selected.retain(|host| seen.insert(host.clone()));
        Ok(selected)
    }

    /// What the cluster model wants of a host.
    pub fn node(&self, host: &str) -> &ClusterNode {
        self.cluster.nodes.get(host).unwrap_or(&self.nothing)
    }

    /// Whether a host has no part in the cluster: it may have been a director before.
    pub fn is_idle(&self, host: &str) -> bool {
        self.node(host).roles.is_empty()
    }

    /// All directors.
    pub fn directors(&self) -> Vec<String> {
        self.cluster.groups().directors
    }

    /// The addresses under which directors send to a host.
    pub fn real_server_addresses(&self, host: &str) -> Vec<IpAddr> {
        let members = self.cluster.services.iter().flat_map(|service| &service.real_servers);
        members.filter(|member| member.host == host).map(|member| member.address).collect()
    }
}
