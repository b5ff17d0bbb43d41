//! The whole cluster, from an inventory.

use std::collections::BTreeMap;

use super::{
    Hosts, Mistakes, Node, Service, derive,
    read::read_services,
    resolve::{self, Resolved},
    validate::{self, World},
};
use crate::{
    inventory::Inventory,
    source::{Diagnostic, Diagnostics},
};

/// The whole cluster: its virtual services, and what each node must be.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// The virtual services, in the order of the inventory.
    pub services: Vec<Service>,
    /// Every host of the inventory with what it must be; one without a role has no stages but its network.
    pub nodes: BTreeMap<String, Node>,
    /// The names of the hosts, in the order of the inventory.
    pub hosts: Vec<String>,
    /// What works, though hardly as it was meant.
    pub warnings: Vec<Diagnostic>,
}

impl Cluster {
    /// Derives the cluster from an inventory whose variables have their templates rendered. All mistakes are found at
    /// once, but for those that only show once others are out of the way.
    pub fn from_inventory(inventory: &Inventory) -> Result<Self, Diagnostics> {
        let mut mistakes = Mistakes::default();
        let hosts = Hosts::read(inventory, &mut mistakes);
        let networks_are_known = !mistakes.any();
        let carried = read_services(inventory, &mut mistakes);
        // Without a host's networks every check of an address would be one more, misleading, mistake.
        if !networks_are_known {
            return mistakes.finish().map(|warnings| Self { warnings, ..Self::default() });
        }
        let resolved = resolve::services(&carried, inventory, &hosts, &mut mistakes);
        validate::validate(&World { inventory, hosts: &hosts, services: &resolved }, &mut mistakes);
        let warnings = mistakes.finish()?;
        let services: Vec<_> = resolved.into_iter().map(|Resolved { service, .. }| service).collect();
        let nodes = derive::nodes(&services, &hosts, inventory);
        let hosts = inventory.hosts.iter().map(|host| host.name.clone()).collect();
        Ok(Self { services, nodes, hosts, warnings })
    }
}
