//! Whether every director reaches every real server in the way that the forwarding method needs.

use std::net::IpAddr;

use lvs_agent::state::Forwarding;

use super::World;
use crate::{
    model::{Mistakes, ServiceMember, read::HostSpec, resolve::Resolved},
    source::{Code, Diagnostic},
};

/// Looks at each pair of director and real server.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    for one in world.services {
        for member in &one.service.real_servers {
            for director in one.service.directors.iter().map(|name| world.hosts.get(name)) {
                if director.towards(member.address).is_some() || director.name == member.host {
                    continue;
                }
                let mistake = match one.service.forward {
                    Forwarding::Nat => Some(no_inside_address(one, member, director)),
                    Forwarding::DirectRouting if director.interfaces.is_empty() => None,
                    Forwarding::DirectRouting => Some(not_on_one_link(one, member, director)),
                    Forwarding::Tunnel(_) => {
                        (!has_route(director, member.address)).then(|| no_route(one, member, director))
                    }
                };
                mistakes.extend_errors(mistake);
            }
        }
    }
}

/// A host that does not list its interfaces may have any route, as it may be on any link.
fn has_route(director: &HostSpec, to: IpAddr) -> bool {
    director.interfaces.is_empty()
        || director.gateway(to.is_ipv6()).is_some()
        || director.interfaces.iter().flat_map(|interface| &interface.routes).any(|(network, _)| network.contains(&to))
}

fn not_on_one_link(one: &Resolved, member: &ServiceMember, director: &HostSpec) -> Diagnostic {
    let title = format!("{} ({}) is on no link with its director {}", member.host, member.address, director.name);
    Diagnostic::new(Code::NotOnOneLink, title, &member.span, "this real server")
        .also(&one.spec.forward.span, "only the MAC address is rewritten")
        .also(&director.span, "the director")
        .hint(
            "connect both to one network (`lvs_interfaces`), choose the address with `lvs_rip`, or use `forward: tun`",
        )
}

fn no_inside_address(one: &Resolved, member: &ServiceMember, director: &HostSpec) -> Diagnostic {
    let title = format!("{} has no address in the network of {} ({})", director.name, member.host, member.address);
    Diagnostic::new(Code::NoNatGateway, title, &member.span, "this real server")
        .also(&one.spec.forward.span, "the director must be its default gateway")
        .also(&director.span, "the director")
        .hint(format!(
            "add the network to `lvs_interfaces` of {}, or choose another address with `lvs_rip`",
            director.name
        ))
}

fn no_route(one: &Resolved, member: &ServiceMember, director: &HostSpec) -> Diagnostic {
    let title = format!("{} has no route to {} ({})", director.name, member.host, member.address);
    Diagnostic::new(Code::NoRoute, title, &member.span, "this real server")
        .also(&one.spec.forward.span, "")
        .also(&director.span, "the director")
        .hint(format!("add a `gateway` or `routes` to `lvs_interfaces` of {}", director.name))
}
