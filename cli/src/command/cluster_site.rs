//! The inventory and the cluster model, as a run sees them.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use lvs_agent::wire::Facts;

use super::prepared::Prepared;
use crate::{
    inventory::{Inventory, host_context},
    model::Cluster,
    module::{Roles, Scope},
    playbook::{Play, Task},
    run::Site,
    source::{Diagnostics, Span},
    template::{Context, Engine},
    yaml::Node,
};

/// The inventory and the cluster model, as a run sees them.
pub(super) struct ClusterSite {
    inventory: Arc<Inventory>,
    cluster: Arc<Cluster>,
    engine: Engine,
    roles: BTreeMap<String, Roles>,
    /// Of a host that the model says nothing of.
    no_roles: Roles,
}

impl ClusterSite {
    pub(super) fn new(prepared: &Prepared) -> Self {
        let roles = |node: &crate::model::Node| Roles {
            network: node.network.clone(),
            real_server: node.real_server.clone(),
            director: node.director.clone(),
        };
        Self {
            inventory: Arc::clone(&prepared.inventory),
            cluster: Arc::clone(&prepared.cluster),
            engine: prepared.engine.clone(),
            roles: prepared.cluster.nodes.iter().map(|(host, node)| (host.clone(), roles(node))).collect(),
            no_roles: Roles::default(),
        }
    }
}

impl Site for ClusterSite {
    fn hosts(&self) -> Vec<String> {
        self.inventory.hosts.iter().map(|host| host.name.clone()).collect()
    }

    fn select(&self, pattern: &Node) -> Result<Vec<String>, Diagnostics> {
        let mut names = Vec::new();
        for part in pattern.as_list_or_one() {
            names.push(part.to_text()?);
        }
        let hosts = self.inventory.select(&names.join(","));
        let hosts = hosts.map_err(|error| error.into_diagnostic(Some(&pattern.span)))?;
        Ok(hosts.into_iter().map(|host| host.name.clone()).collect())
    }

    fn scope<'a>(
        &'a self,
        host: &str,
        facts: &Facts,
        play: &'a Play,
        task: &'a Task,
    ) -> Result<Box<dyn Scope + 'a>, Diagnostics> {
        let host = self.inventory.host(host).expect("a run has hosts of this inventory only");
        let mut context = host_context(&self.inventory, host).with_vars(&play.vars).with_vars(&task.vars);
        for (name, value) in facts_as_ansible_names_them(facts) {
            context = context.with_json(name, &value);
        }
        Ok(Box::new(HostScope { engine: &self.engine, context }))
    }

    fn roles(&self, host: &str) -> &Roles {
        self.roles.get(host).unwrap_or(&self.no_roles)
    }

    fn directors(&self) -> Vec<String> {
        self.cluster.groups().directors
    }

    fn real_server_addresses(&self, host: &str) -> Vec<IpAddr> {
        let members = self.cluster.services.iter().flat_map(|service| &service.real_servers);
        members.filter(|member| member.host == host).map(|member| member.address).collect()
    }
}

/// The facts that playbooks ask for, under Ansible's names.
fn facts_as_ansible_names_them(facts: &Facts) -> [(&'static str, serde_json::Value); 6] {
    let interfaces: Vec<_> = facts.interfaces.iter().map(|interface| interface.name.as_str()).collect();
    [
        ("ansible_hostname", facts.hostname.as_str().into()),
        ("ansible_os_family", serde_json::json!(facts.family)),
        ("ansible_distribution", facts.distribution.as_str().into()),
        ("ansible_distribution_version", facts.distribution_version.as_str().into()),
        ("ansible_kernel", facts.kernel.as_str().into()),
        ("ansible_interfaces", interfaces.into()),
    ]
}

/// The variables of one host in one task.
struct HostScope<'a> {
    engine: &'a Engine,
    context: Context,
}

impl Scope for HostScope<'_> {
    fn render(&self, node: &Node) -> Result<Node, Diagnostics> {
        Ok(self.engine.render_node(node, &self.context)?)
    }

    fn holds(&self, condition: &Node) -> Result<bool, Diagnostics> {
        Ok(self.engine.holds(condition, &self.context)?)
    }

    fn template(
        &self,
        name: &str,
        place: Option<&Span>,
        more: &[(&str, serde_json::Value)],
    ) -> Result<String, Diagnostics> {
        let source = self.engine.templates().find(name).map_err(|mistake| match place {
            Some(place) => mistake.also(place, "asked for here"),
            None => mistake,
        })?;
        let mut context = self.context.clone();
        for (name, value) in more {
            context = context.with_json(name, value);
        }
        Ok(self.engine.render(&source, &context)?)
    }
}
