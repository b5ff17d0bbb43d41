//! Each node with its roles and stages.

use std::collections::BTreeMap;

use lvs_agent::state::Resource;

use super::{director, interfaces, network, part::Part, real_server};
use crate::{
    inventory::Inventory,
    model::{Hosts, Node, Role, Service, groups::CLIENTS},
};

/// What each host must be.
pub(crate) fn nodes(services: &[Service], hosts: &Hosts, inventory: &Inventory) -> BTreeMap<String, Node> {
    let clients = inventory.group(CLIENTS).map_or(&[][..], |group| &group.hosts);
    let node = |part: &Part| (part.host.name.clone(), node(part, clients.contains(&part.host.name)));
    Part::all(services, hosts).iter().map(node).collect()
}

fn node(part: &Part, is_client: bool) -> Node {
    let roles = [
        (!part.directed.is_empty(), Role::Director),
        (!part.served.is_empty(), Role::RealServer),
        (is_client, Role::Client),
    ];
    let (mut real_server, mut director) = (real_server::stage(part), director::stage(part));
    // `ip_forward` resets what is below `conf/` (ip-sysctl.rst), so it must not come after the first stage's settings.
    let forwarding: Vec<Resource> = director::forwarding(part);
    let first = if real_server.is_empty() { &mut director } else { &mut real_server };
    first.splice(0..0, forwarding);
    Node {
        roles: roles.into_iter().filter(|(has, _)| *has).map(|(_, role)| role).collect(),
        interfaces: interfaces::of(part),
        network: network::stage(part),
        real_server,
        director,
        drain_seconds: Some(part.host.drain_seconds),
    }
}
