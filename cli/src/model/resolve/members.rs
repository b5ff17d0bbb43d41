//! The real servers of a virtual service with address, port and weight.

use std::{collections::HashMap, net::SocketAddr};

use lvs_agent::state::{Forwarding, ServiceKey, Weight};

use super::{
    candidates::{Candidate, candidates},
    rip,
};
use crate::{
    inventory::Inventory,
    model::{
        Hosts, Mistakes, ServiceMember,
        read::{HostSpec, ServiceSpec},
    },
    source::{Code, Diagnostic},
};

/// The real servers of a service, in the order of the inventory; one with a mistake is left out.
pub(super) fn of(
    spec: &ServiceSpec,
    directors: &[&HostSpec],
    inventory: &Inventory,
    hosts: &Hosts,
    mistakes: &mut Mistakes,
) -> Vec<ServiceMember> {
    let mut members: Vec<ServiceMember> = Vec::new();
    let mut taken: HashMap<SocketAddr, usize> = HashMap::new();
    for candidate in candidates(spec, inventory, mistakes) {
        check_port(&candidate, spec, mistakes);
        check_thresholds(&candidate, mistakes);
        let Some(address) = mistakes.take(rip::of(&candidate, spec, hosts.get(candidate.host), directors)) else {
            continue;
        };
        let member = ServiceMember {
            host: candidate.host.to_owned(),
            address,
            port: candidate.pick(|entry| &entry.port).map_or(spec.key.port(), |port| port.value),
            weight: candidate.pick(|entry| &entry.weight).map_or(Weight::default(), |weight| weight.value),
            upper_threshold: candidate.pick(|entry| &entry.upper_threshold).map_or(0, |number| number.value),
            lower_threshold: candidate.pick(|entry| &entry.lower_threshold).map_or(0, |number| number.value),
            span: candidate.place().span.clone(),
        };
        let endpoint = SocketAddr::new(member.address, member.port);
        if let Some(&first) = taken.get(&endpoint) {
            mistakes.error(twice(&member, &members[first], endpoint, hosts));
        } else {
            taken.insert(endpoint, members.len());
            members.push(member);
        }
    }
    members
}

fn twice(second: &ServiceMember, first: &ServiceMember, endpoint: SocketAddr, hosts: &Hosts) -> Diagnostic {
    if first.host == second.host {
        let title = format!("{} stands twice as a real server at {endpoint}", second.host);
        return Diagnostic::new(Code::DuplicateRealServer, title, &second.span, "the second time")
            .also(&first.span, "the first time")
            .hint("keep one of the entries");
    }
    let title = format!("{} and {} have the same address {endpoint}", first.host, second.host);
    Diagnostic::new(Code::DuplicateRealServer, title, &hosts.get(&second.host).span, "")
        .also(&hosts.get(&first.host).span, "")
        .also(&second.span, "as real servers")
        .hint("each needs its own address")
}

/// Direct routing and tunnelling deliver the packet as it came. The kernel takes another port and ignores it
/// (`ipvsadm(8)`, `-r`). A service for every port hands on the port that was asked for; that of a firewall mark does, but
/// may also send everything to one port.
fn check_port(candidate: &Candidate, spec: &ServiceSpec, mistakes: &mut Mistakes) {
    let service = spec.key.port();
    let Some(port) = candidate.pick(|entry| &entry.port).filter(|port| port.value != service) else { return };
    let is_mark = matches!(spec.key.key, ServiceKey::Fwmark { .. });
    let (title, hint) = match spec.forward.value {
        Forwarding::Nat if is_mark => return,
        Forwarding::Nat if service == 0 => (
            "a service for every port cannot change the port".to_owned(),
            "leave `port` out, or give the service a port".to_owned(),
        ),
        Forwarding::Nat if port.value == 0 => {
            ("a real server needs a port".to_owned(), "leave `port` out to use the service's".to_owned())
        }
        Forwarding::Nat => return,
        forward if is_mark => (
            format!("`forward: {forward}` cannot change the port to {}", port.value),
            "leave `port` out, or use `forward: nat`".to_owned(),
        ),
        forward => (
            format!("`forward: {forward}` cannot change the port from {service} to {}", port.value),
            format!("let the real server listen on port {service}, or use `forward: nat`"),
        ),
    };
    let mut mistake = Diagnostic::new(Code::PortMismatch, title, &port.span, "the real server's port");
    if let (false, Some(port)) = (is_mark, spec.key.ports.first()) {
        mistake = mistake.also(&port.span, "the service's port");
    }
    mistakes.error(mistake.also(&spec.forward.span, "").hint(hint));
}

/// The kernel says `ERANGE` to a lower threshold above the upper one (`ip_vs_add_dest`).
fn check_thresholds(candidate: &Candidate, mistakes: &mut Mistakes) {
    let Some(lower) = candidate.pick(|entry| &entry.lower_threshold).filter(|lower| lower.value > 0) else { return };
    let upper = candidate.pick(|entry| &entry.upper_threshold);
    let limit = upper.map_or(0, |upper| upper.value);
    if lower.value <= limit {
        return;
    }
    let title = format!("the lower threshold {} is above the upper one, {limit}", lower.value);
    let mut mistake = Diagnostic::new(Code::BadThreshold, title, &lower.span, "");
    if let Some(upper) = upper {
        mistake = mistake.also(&upper.span, "the upper threshold");
    }
    mistakes
        .error(mistake.hint("new connections stop above `upper_threshold` and begin again below `lower_threshold`"));
}
