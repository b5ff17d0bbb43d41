//! Addresses that cannot be a VIP, and VIPs that are somebody's own address.

use std::{collections::HashMap, net::IpAddr};

use ipnet::IpNet;

use super::World;
use crate::{
    model::{Hosts, Mistakes, Placed, ServiceMember, read::HostSpec, resolve::Resolved},
    source::{Code, Diagnostic},
};

/// Looks at every VIP.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    let mut owners: HashMap<IpAddr, Vec<(&HostSpec, &Placed<IpNet>)>> = HashMap::new();
    for host in world.hosts.iter() {
        for address in host.addresses() {
            owners.entry(address.value.addr()).or_default().push((host, address));
        }
    }
    for (one, vip) in world.services.iter().flat_map(|one| one.spec.key.vips.iter().map(move |vip| (one, vip))) {
        if let Some(why) = unfit(one, vip.value, world.hosts) {
            let title = format!("{} cannot be a VIP: it is {why}", vip.value);
            mistakes.error(
                Diagnostic::new(Code::BadVip, title, &vip.span, "")
                    .hint("a VIP is an unused address of the network that clients reach the director on"),
            );
        }
        let alone = one.service.directors.len() == 1;
        for &(host, address) in owners.get(&vip.value).into_iter().flatten() {
            // A lone director may lend its own address; it is then never moved.
            if !(alone && host.name == one.service.holder()) {
                mistakes.error(own_address(one, vip, host, address));
            }
        }
        let owned = |host: &str| owners.get(&vip.value).is_some_and(|list| list.iter().any(|(h, _)| h.name == host));
        let itself = |member: &&ServiceMember| member.address == vip.value && !owned(&member.host);
        for member in one.service.real_servers.iter().filter(itself) {
            let title = format!("{} would be sent to at the VIP {} itself", member.host, member.address);
            mistakes.error(
                Diagnostic::new(Code::VipIsRealServer, title, &member.span, "this real server")
                    .also(&vip.span, "the VIP")
                    .hint(format!("a director sends to an address that only {} has", member.host)),
            );
        }
    }
}

fn unfit(one: &Resolved, vip: IpAddr, hosts: &Hosts) -> Option<&'static str> {
    let of_network = || {
        let IpNet::V4(net) = hosts.get(one.service.holder()).towards(vip)?.1 else { return None };
        if net.prefix_len() >= 31 {
            return None;
        }
        let vip = |address| IpAddr::V4(address) == vip;
        if vip(net.network()) {
            Some("the address of the network itself")
        } else if vip(net.broadcast()) {
            Some("the broadcast address of its network")
        } else {
            None
        }
    };
    match vip {
        _ if vip.is_unspecified() => Some("no address at all"),
        _ if vip.is_multicast() => Some("a multicast address"),
        _ if vip.is_loopback() => Some("a loopback address"),
        IpAddr::V4(vip) if vip.is_broadcast() => Some("the broadcast address"),
        IpAddr::V6(vip) if vip.is_unicast_link_local() => Some("a link-local address, which no other link reaches"),
        _ => of_network(),
    }
}

fn own_address(one: &Resolved, vip: &Placed<IpAddr>, host: &HostSpec, address: &Placed<IpNet>) -> Diagnostic {
    let title = format!("the VIP {} is {}'s own address", vip.value, host.name);
    let hint = if one.service.directors.contains(&host.name) {
        "with several directors the VIP must be able to move: take another address of the network".to_owned()
    } else {
        format!("take an unused address as the VIP, or give {} another one", host.name)
    };
    Diagnostic::new(Code::VipIsRealServer, title, &vip.span, "the VIP")
        .also(&address.span, format!("the address of {}", host.name))
        .hint(hint)
}
