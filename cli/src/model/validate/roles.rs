//! Hosts that are asked to be two things that do not go together.

use std::{collections::HashMap, net::IpAddr};

use lvs_agent::state::{Forwarding, TunnelChecksum, TunnelKind};

use super::World;
use crate::{
    model::{Mistakes, ServiceMember, derive::nat_gateway, resolve::Resolved},
    source::{Code, Diagnostic},
};

/// Looks at every real server.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    both_kinds_of_gre(world, mistakes);
    let mut nat: HashMap<(&str, bool), (&Resolved, IpAddr)> = HashMap::new();
    for (one, member) in pairs(world) {
        mistakes.extend_errors(own_director(one, member, world));
        if one.service.forward != Forwarding::Nat {
            continue;
        }
        let Some(gateway) = nat_gateway(&one.service, member, world.hosts) else { continue };
        let &mut (first, known) = nat.entry((&member.host, gateway.is_ipv6())).or_insert((one, gateway));
        if known != gateway {
            mistakes.error(two_gateways(first, known, one, gateway, member));
        }
    }
    for (one, member) in pairs(world).filter(|(one, _)| one.service.forward != Forwarding::Nat) {
        // IPv6 does not drop a packet for coming from an address of one's own.
        if !one.service.key.is_ipv6() {
            let nat = nat.get(&(member.host.as_str(), false)).map(|(nat, _)| *nat);
            mistakes.extend_errors(nat.and_then(|nat| both_ways(one, member, nat)));
            mistakes.extend_errors(behind_director(one, member, world));
        }
    }
}

/// A device for GRE with a checksum takes all GRE that comes to its address, and drops what has none (`ip_tunnel_rcv`).
fn both_kinds_of_gre(world: &World, mistakes: &mut Mistakes) {
    let mut known: HashMap<IpAddr, (&Resolved, TunnelChecksum)> = HashMap::new();
    for (one, member) in pairs(world) {
        let Forwarding::Tunnel(TunnelKind::Gre { checksum }) = one.service.forward else { continue };
        let &mut (first, other) = known.entry(member.address).or_insert((one, checksum));
        if other == checksum {
            continue;
        }
        let title = format!("{} cannot take GRE with a checksum and without one", member.host);
        mistakes.error(
            Diagnostic::new(Code::ConflictingRoles, title, &one.spec.forward.span, format!("for {}", one.service.name))
                .also(&first.spec.forward.span, format!("for {}", first.service.name))
                .hint("use the same `tunnel` for all services of a real server, or give it a second address"),
        );
    }
}

fn pairs<'a>(world: &World<'a>) -> impl Iterator<Item = (&'a Resolved<'a>, &'a ServiceMember)> + use<'a> {
    world.services.iter().flat_map(|one| one.service.real_servers.iter().map(move |member| (one, member)))
}

/// The kernel delivers to itself, silently, what goes to one of its own addresses (LOCALNODE, ipvsadm(8)).
fn own_director(one: &Resolved, member: &ServiceMember, world: &World) -> Option<Diagnostic> {
    let has = |name: &&String| world.hosts.get(name).addresses().any(|own| own.value.addr() == member.address);
    let director = one
        .service
        .directors
        .iter()
        .find(|name| **name == member.host)
        .or_else(|| one.service.directors.iter().find(has))?;
    let title = if *director == member.host {
        format!("{} is both director and real server of {}", member.host, one.service.name)
    } else {
        format!("{} is the address of the director {director}, not of a real server", member.address)
    };
    Some(
        Diagnostic::new(Code::ConflictingRoles, title, &member.span, "as a real server")
            .also(&one.spec.directors.span, format!("directed by `{}`", one.spec.directors.value))
            .hint("a director forwards to other hosts; run the service on a host of its own"),
    )
}

fn two_gateways(
    first: &Resolved,
    known: IpAddr,
    one: &Resolved,
    gateway: IpAddr,
    member: &ServiceMember,
) -> Diagnostic {
    let title = format!("{} would need two default gateways, {known} and {gateway}", member.host);
    Diagnostic::new(Code::ConflictingRoles, title, &one.spec.forward.span, format!("for {}", one.service.name))
        .also(&first.spec.forward.span, format!("for {}", first.service.name))
        .hint("a NAT real server answers through its director, so it can have one director only; use dr or tun for one of the services")
}

/// A NAT real server's answers go to its director. Those for DR or TUN, which carry the VIP as their source, would go
/// there, too, and the director drops them: it takes an address of its own as a source for a forgery (a "martian").
fn both_ways(one: &Resolved, member: &ServiceMember, nat: &Resolved) -> Option<Diagnostic> {
    if one.service.holder() != nat.service.holder() {
        return None;
    }
    let title = format!(
        "{} cannot be a real server of {} both with nat and with {}",
        member.host,
        one.service.holder(),
        one.service.forward
    );
    Some(
        Diagnostic::new(Code::ConflictingRoles, title, &one.spec.forward.span, format!("in {}", one.service.name))
            .also(&nat.spec.forward.span, format!("in {}", nat.service.name))
            .hint("with nat the director is the default gateway, and it drops answers that carry its own VIP as their source"),
    )
}

fn behind_director(one: &Resolved, member: &ServiceMember, world: &World) -> Option<Diagnostic> {
    let (_, gateway) = world.hosts.get(&member.host).gateway(false)?;
    let holder = world.hosts.get(one.service.holder());
    let own = holder.addresses().any(|own| own.value.addr() == gateway.value);
    if !own && !one.service.addresses().any(|vip| vip == gateway.value) {
        return None;
    }
    let title = format!("{} would answer through its director {}", member.host, holder.name);
    Some(
        Diagnostic::new(Code::DirectorIsGateway, title, &gateway.span, "its default gateway")
            .also(&one.spec.forward.span, "answers go straight to the client")
            .hint("use the router's address; the director drops answers that carry its own VIP as their source"),
    )
}
