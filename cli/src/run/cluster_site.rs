//! The site of a real run: inventory, cluster model and templates.

use std::{collections::HashSet, net::IpAddr, sync::Arc};

use lvs_agent::wire::Facts;
use serde_json::Value as Json;

use super::{Site, facts};
use crate::{
    inventory::{Group, Inventory, Vars, host_context},
    model::{Cluster, Node as ClusterNode},
    module::Scope,
    playbook::{Play, Task, folder_of},
    source::{Diagnostics, Source, Span},
    template::{Context, Engine},
    yaml::{Node, Value},
};

/// Inventory, cluster model and templates, put together.
#[derive(Debug)]
pub struct ClusterSite {
    inventory: Arc<Inventory>,
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
        Self { inventory: Arc::new(inventory), cluster, engine, nothing: ClusterNode::default() }
    }

    /// The inventory, with the groups that follow from the cluster.
    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

impl Site for ClusterSite {
    fn hosts(&self) -> Vec<String> {
        self.inventory.hosts.iter().map(|host| host.name.clone()).collect()
    }

    fn select(&self, pattern: &Node) -> Result<Vec<String>, Diagnostics> {
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

    fn scope<'a>(
        &'a self,
        host: &str,
        facts: &Facts,
        play: &'a Play,
        task: &'a Task,
    ) -> Result<Box<dyn Scope + 'a>, Diagnostics> {
        let host = self.inventory.host(host);
        let context = host.map(|host| host_context(&self.inventory, host)).unwrap_or_default();
        let context = facts::lay_over(&context, facts);
        let context = self.with_vars(context, &play.vars)?;
        let context = self.with_vars(context, &task.vars)?;
        Ok(Box::new(TaskScope { engine: &self.engine, context }))
    }

    fn node(&self, host: &str) -> &ClusterNode {
        self.cluster.nodes.get(host).unwrap_or(&self.nothing)
    }

    fn directors(&self) -> Vec<String> {
        self.cluster.groups().directors
    }

    fn real_server_addresses(&self, host: &str) -> Vec<IpAddr> {
        let members = self.cluster.services.iter().flat_map(|service| &service.real_servers);
        members.filter(|member| member.host == host).map(|member| member.address).collect()
    }
}

impl ClusterSite {
    /// Renders variables of a play or task and lays them over the others. They may use each other, in any order.
    fn with_vars(&self, context: Context, vars: &Vars) -> Result<Context, Diagnostics> {
        let mut context = context;
        let mut waiting: Vec<(&String, &Node)> = vars.iter().collect();
        while !waiting.is_empty() {
            let free = |(name, node): &(&String, &Node)| {
                !waiting.iter().any(|(other, _)| other != name && mentions(node, other))
            };
            // Where each waits for another, rendering the first says which variable is not there.
            let next = waiting.iter().position(free).unwrap_or(0);
            let (name, node) = waiting.remove(next);
            context = context.with_node(name, &self.engine.render_node(node, &context)?);
        }
        Ok(context)
    }
}

/// Whether a name stands as a word in a text or in anything inside a value.
fn mentions(node: &Node, name: &str) -> bool {
    match &node.value {
        Value::String(text) => text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name),
        Value::List(nodes) => nodes.iter().any(|node| mentions(node, name)),
        Value::Map(map) => map.iter().any(|(key, node)| key.name.contains(name) || mentions(node, name)),
        _ => false,
    }
}

/// The variables of a host in a task.
struct TaskScope<'a> {
    engine: &'a Engine,
    context: Context,
}

impl Scope for TaskScope<'_> {
    fn render(&self, node: &Node) -> Result<Node, Diagnostics> {
        Ok(self.engine.render_node(node, &self.context)?)
    }

    fn holds(&self, condition: &Node) -> Result<bool, Diagnostics> {
        Ok(self.engine.holds(condition, &self.context)?)
    }

    fn template(&self, name: &str, place: Option<&Span>, more: &[(&str, Json)]) -> Result<String, Diagnostics> {
        let source = self.find(name, place)?;
        let mut context = self.context.clone();
        for (name, value) in more {
            context = context.with_json(name, value);
        }
        Ok(self.engine.render(&source, &context)?)
    }
}

impl TaskScope<'_> {
    /// A template in `templates/` beside the playbook, beside the playbook itself, or where the engine looks.
    fn find(&self, name: &str, place: Option<&Span>) -> Result<Arc<Source>, Diagnostics> {
        let folder = place.and_then(|place| folder_of(place.source()));
        let beside = folder.into_iter().flat_map(|folder| [folder.join("templates").join(name), folder.join(name)]);
        for path in beside {
            if path.is_file() {
                return Ok(Source::read(&path)?);
            }
        }
        self.engine.templates().find(name).map_err(|mistake| match place {
            Some(place) => mistake.also(place, "asked for here").into(),
            None => mistake.into(),
        })
    }
}
