//! One node with its roles and stages.

use lvs_agent::state::{Forwarding, Resource};

use super::{director, gateway::nat_gateway, interfaces, network, real_server};
use crate::{
    inventory::Inventory,
    model::{Hosts, Node, Role, Service, ServiceMember, read::HostSpec},
};

/// The group whose hosts ask for what the cluster serves.
pub(super) const CLIENTS: &str = "clients";

/// What one host is to the services of the cluster.
pub(super) struct Part<'a> {
    pub(super) host: &'a HostSpec,
    /// The services it directs.
    pub(super) directed: Vec<&'a Service>,
    /// The services it answers for, once for each of its endpoints.
    pub(super) served: Vec<(&'a Service, &'a ServiceMember)>,
    /// The default gateways it needs as a NAT real server, at most one of each family.
    pub(super) nat_gateways: Vec<NatGateway<'a>>,
}

/// The default gateway of a NAT real server, with the real server's own address on that link.
pub(super) struct NatGateway<'a> {
    pub(super) gateway: std::net::IpAddr,
    pub(super) member: &'a ServiceMember,
}

/// What a host must be.
pub(crate) fn node(host: &HostSpec, services: &[Service], hosts: &Hosts, inventory: &Inventory) -> Node {
    let part = part(host, services, hosts);
    let is_client = inventory.group(CLIENTS).is_some_and(|group| group.hosts.contains(&host.name));
    let roles = [
        (!part.directed.is_empty(), Role::Director),
        (!part.served.is_empty(), Role::RealServer),
        (is_client, Role::Client),
    ];
    let (mut real_server, mut director) = (real_server::stage(&part), director::stage(&part));
    // `ip_forward` resets what is below `conf/` (ip-sysctl.rst), so it must not come after the first stage's settings.
    let forwarding: Vec<Resource> = director::forwarding(&part);
    let first = if real_server.is_empty() { &mut director } else { &mut real_server };
    first.splice(0..0, forwarding);
    Node {
        roles: roles.into_iter().filter(|(has, _)| *has).map(|(_, role)| role).collect(),
        interfaces: interfaces::of(&part),
        network: network::stage(&part),
        real_server,
        director,
    }
}

fn part<'a>(host: &'a HostSpec, services: &'a [Service], hosts: &Hosts) -> Part<'a> {
    let directed = services.iter().filter(|service| service.directors.contains(&host.name)).collect();
    let of = |service: &'a Service| {
        service.real_servers.iter().filter(|member| member.host == host.name).map(move |member| (service, member))
    };
    let served: Vec<_> = services.iter().flat_map(of).collect();
    let mut nat_gateways: Vec<NatGateway> = Vec::new();
    for &(service, member) in served.iter().filter(|(service, _)| service.forward == Forwarding::Nat) {
        let Some(gateway) = nat_gateway(service, member, hosts) else { continue };
        if !nat_gateways.iter().any(|known| known.gateway.is_ipv6() == gateway.is_ipv6()) {
            nat_gateways.push(NatGateway { gateway, member });
        }
    }
    Part { host, directed, served, nat_gateways }
}
