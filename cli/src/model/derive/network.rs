//! Links, addresses and routes of `lvs_interfaces`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use lvs_agent::state::{Address, Link, Presence, Resource, Route};

use super::part::Part;
use crate::model::read::InterfaceSpec;

/// The stage `network`: links and addresses first, since a route needs its gateway's link, and the default routes last.
/// The default route of a NAT real server is not here but at the very end, behind all that must work before it.
pub(super) fn stage(part: &Part) -> Vec<Resource> {
    let mut resources = Vec::new();
    for interface in &part.host.interfaces {
        resources.push(Resource::Link(Link {
            name: interface.device.value.clone(),
            kind: None,
            up: Some(true),
            mtu: interface.mtu,
        }));
        resources.extend(interface.addresses.iter().map(|address| {
            Resource::Address(Address {
                device: interface.device.value.clone(),
                address: address.value,
                label: None,
                state: Presence::Present,
            })
        }));
    }
    for interface in &part.host.interfaces {
        resources.extend(interface.routes.iter().map(|(to, via)| route(*to, via.value, Some(interface), part)));
    }
    for interface in &part.host.interfaces {
        for gateway in &interface.gateways {
            let replaced = part.nat_gateways.iter().any(|nat| nat.gateway.is_ipv6() == gateway.value.is_ipv6());
            if !replaced {
                resources.push(default_route(gateway.value, Some(interface), part));
            }
        }
    }
    resources
}

/// The default route of the gateway's family.
pub(super) fn default_route(gateway: IpAddr, through: Option<&InterfaceSpec>, part: &Part) -> Resource {
    let everywhere = match gateway {
        IpAddr::V4(_) => IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
        IpAddr::V6(_) => IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
    };
    route(everywhere, gateway, through, part)
}

fn route(destination: IpNet, gateway: IpAddr, through: Option<&InterfaceSpec>, part: &Part) -> Resource {
    Resource::Route(Route {
        destination,
        gateway: Some(gateway),
        device: through.map(|interface| interface.device.value.clone()),
        source: None,
        advmss: through.and_then(|interface| part.segments.through(interface, gateway.is_ipv6())),
        metric: None,
        state: Presence::Present,
    })
}
