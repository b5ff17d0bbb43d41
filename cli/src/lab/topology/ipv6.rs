//! The second family of a topology: a network may have IPv6 beside its IPv4, and then a NIC in it may.

use std::net::Ipv6Addr;

use ipnet::Ipv6Net;

use super::{Network, Node, Topology};
use crate::{source::Diagnostic, yaml};

/// Subnet and router of a network.
pub(super) fn network(
    item: &yaml::Node,
    subnet: Option<&yaml::Node>,
    router: Option<&yaml::Node>,
    topology: &Topology,
) -> Result<(Option<Ipv6Net>, Option<Ipv6Addr>), Diagnostic> {
    let (subnet_node, router_node) = match (subnet, router) {
        (None, None) => return Ok((None, None)),
        (Some(subnet), Some(router)) => (subnet, router),
        _ => return Err(item.wrong_value("`subnet6` and `router6` go together")),
    };
    let subnet: Ipv6Net = subnet_node.parse("an IPv6 network such as 2001:db8:1::/64")?;
    if subnet.trunc() != subnet {
        let mistake = subnet_node.wrong_value(format!("{subnet} has host bits set"));
        return Err(mistake.hint(format!("write {}", subnet.trunc())));
    }
    let router: Ipv6Addr = router_node.parse("an IPv6 address")?;
    check_host(router_node, router, subnet)?;
    for other in &topology.networks {
        let Some(known) = other.subnet6 else { continue };
        if known.contains(&subnet) || subnet.contains(&known) {
            return Err(subnet_node.wrong_value(format!("{subnet} overlaps `{}`, {known}", other.name)));
        }
    }
    Ok((Some(subnet), Some(router)))
}

/// Address and gateway of a NIC; those of a range count up by `offset`.
pub(super) fn nic(
    item: &yaml::Node,
    address: Option<&yaml::Node>,
    gateway: Option<&yaml::Node>,
    network: &Network,
    node: &Node,
    offset: u32,
) -> Result<(Option<Ipv6Net>, Option<Ipv6Addr>), Diagnostic> {
    let Some(address_node) = address else {
        return gateway.map_or(Ok((None, None)), |place| Err(place.wrong_value("`gateway6` needs an `address6`")));
    };
    let Some(subnet) = network.subnet6 else {
        return Err(address_node.wrong_value(format!("the network `{}` has no `subnet6`", network.name)));
    };
    let first: Ipv6Addr = address_node.parse("an IPv6 address")?;
    let address = Ipv6Addr::from_bits(first.to_bits().saturating_add(offset.into()));
    check_host(address_node, address, subnet)?;
    if Some(address) == network.router6 {
        return Err(address_node.wrong_value(format!("{address} is the router's own address")));
    }
    let gateway = match gateway {
        None => None,
        Some(_) if node.nics.iter().any(|nic| nic.gateway6.is_some()) => {
            return Err(item.wrong_value(format!("`{}` has a second default gateway for IPv6", node.name)));
        }
        Some(place) => {
            let gateway = place.parse("an IPv6 address")?;
            check_host(place, gateway, subnet)?;
            Some(gateway)
        }
    };
    let address = Ipv6Net::new(address, subnet.prefix_len()).expect("the prefix is another network's");
    Ok((Some(address), gateway))
}

/// The first address of a network belongs to all of its routers (RFC 4291, 2.6.1).
fn check_host(place: &yaml::Node, address: Ipv6Addr, subnet: Ipv6Net) -> Result<(), Diagnostic> {
    if !subnet.contains(&address) {
        return Err(place.wrong_value(format!("{address} is outside {subnet}")));
    }
    if address == subnet.network() {
        return Err(place.wrong_value(format!("{address} is the address of the network {subnet} itself")));
    }
    Ok(())
}
