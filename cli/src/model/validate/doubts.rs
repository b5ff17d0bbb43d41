//! What works, though hardly as it was meant.

use lvs_agent::state::{Forwarding, Scheduler, Weight};

use super::World;
use crate::{
    model::{Mistakes, groups::CLIENTS, resolve::Resolved},
    source::{Code, Diagnostic},
};

/// Looks at every service.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    for one in world.services {
        if one.service.real_servers.is_empty() && !mistakes.any() {
            mistakes.warning(
                Diagnostic::new(
                    Code::NoRealServers,
                    format!("the service {} has no real servers", one.service.name),
                    &one.spec.real_servers.span,
                    "",
                )
                .hint("its director will refuse every connection to it"),
            );
        }
        if let Some(doubt) = weights_without_use(one) {
            mistakes.warning(doubt);
        }
        if one.service.forward == Forwarding::Nat {
            clients_inside(one, world, mistakes);
        }
    }
}

fn weights_without_use(one: &Resolved) -> Option<Diagnostic> {
    let weights = || one.service.real_servers.iter().map(|member| member.weight).filter(|w| *w != Weight::QUIESCED);
    let first = weights().next()?;
    if one.service.scheduler.is_weighted() || weights().all(|weight| weight == first) {
        return None;
    }
    let mut entries = one.spec.real_servers.value.iter().filter_map(|entry| entry.weight.as_ref());
    let place = entries.next_back()?;
    let weighted = match one.service.scheduler {
        Scheduler::RoundRobin => "use the scheduler `wrr`, or ",
        Scheduler::LeastConnection => "use the scheduler `wlc`, or ",
        _ => "",
    };
    let title = format!("the scheduler {} does not look at weights", one.service.scheduler);
    Some(
        Diagnostic::new(Code::WeightIgnored, title, &place.span, "has no effect")
            .also(&one.spec.scheduler.span, "")
            .hint(format!("{weighted}leave the weights out; of them only 0 counts")),
    )
}

/// The real server answers such a client straight over the link, and the client drops an answer that does not come
/// from the VIP.
fn clients_inside(one: &Resolved, world: &World, mistakes: &mut Mistakes) {
    let director = world.hosts.get(one.service.holder());
    let inside = one.service.real_servers.iter().filter_map(|member| director.towards(member.address));
    let networks: Vec<_> = inside.map(|(_, address)| address.trunc()).collect();
    let clients = world.inventory.group(CLIENTS).map_or(&[][..], |group| &group.hosts);
    for client in clients.iter().map(|name| world.hosts.get(name)) {
        let Some(address) =
            client.addresses().find(|own| networks.iter().any(|network| network.contains(&own.value.addr())))
        else {
            continue;
        };
        let title =
            format!("{} gets no answer from {}: it is in the real servers' own network", client.name, one.service.name);
        mistakes.warning(
            Diagnostic::new(
                Code::NatFromOneNetwork,
                title,
                &one.spec.forward.span,
                "needs every answer to pass the director",
            )
            .also(&address.span, format!("the address of {}", client.name))
            .hint("put the clients into another network, or use `forward: dr`"),
        );
    }
}
