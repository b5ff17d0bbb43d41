//! Virtual services with their directors, real servers and VIP device.

use std::{collections::HashMap, sync::Arc};

use lvs_agent::state::ServiceKey;

use super::{directors, members, vip_device};
use crate::{
    inventory::Inventory,
    model::{
        Hosts, Mistakes, Service,
        read::{Carried, HostSpec, ServiceSpec},
    },
};

/// A virtual service with what the user wrote, so that checks can point at it.
#[derive(Debug)]
pub(crate) struct Resolved<'a> {
    pub(crate) spec: &'a ServiceSpec,
    pub(crate) service: Service,
}

/// Resolves every service; one that has a mistake is left out.
pub(crate) fn services<'a>(
    carried: &'a [Carried],
    inventory: &Inventory,
    hosts: &Hosts,
    mistakes: &mut Mistakes,
) -> Vec<Resolved<'a>> {
    let mut resolved: Vec<Resolved> = Vec::new();
    let mut by_key: HashMap<ServiceKey, Vec<usize>> = HashMap::new();
    let (mut directed, mut without_director): (Vec<&Carried>, Vec<&Carried>) = (Vec::new(), Vec::new());
    for one in carried {
        let Some(mut names) = mistakes.take(directors::named(&one.spec, inventory)) else { continue };
        names.retain(|name| one.hosts.contains(name));
        if names.is_empty() {
            without_director.push(one);
            continue;
        }
        directed.push(one);
        let Some(service) = service(&one.spec, names, inventory, hosts, mistakes) else { continue };
        let known = by_key.entry(service.key).or_default();
        if let Some(&index) = known.iter().find(|&&index| is_elsewhere(&resolved[index].service, &service)) {
            resolved[index].service.directors.extend(service.directors);
        } else {
            known.push(resolved.len());
            resolved.push(Resolved { spec: &one.spec, service });
        }
    }
    for one in without_director {
        // A template in it gives each host its own text; only a director's own counts.
        if !directed.iter().any(|other| is_same_place(one, other)) {
            mistakes.error(directors::none(one, inventory));
        }
    }
    resolved
}

fn service(
    spec: &ServiceSpec,
    directors: Vec<String>,
    inventory: &Inventory,
    hosts: &Hosts,
    mistakes: &mut Mistakes,
) -> Option<Service> {
    let of: Vec<&HostSpec> = directors.iter().map(|name| hosts.get(name)).collect();
    let vips = vip_device::of(spec, of[0], mistakes);
    let real_servers = members::of(spec, &of, inventory, hosts, mistakes);
    Some(Service {
        name: spec.name.value.clone(),
        key: spec.key.key,
        forward: spec.forward.value,
        scheduler: spec.scheduler.value,
        flags: spec.flags,
        persistence: spec.persistence,
        persistence_engine: spec.persistence_engine.clone(),
        directors,
        vips: vips?,
        protocol: spec.key.protocol,
        ports: spec.key.ports.iter().map(|port| port.value).collect(),
        marks: spec.key.marks,
        real_servers,
        check: spec.check.clone(),
        span: spec.span.clone(),
    })
}

fn is_elsewhere(one: &Service, other: &Service) -> bool {
    one.is_same_elsewhere(other) && !one.directors.iter().any(|director| other.directors.contains(director))
}

fn is_same_place(one: &Carried, other: &Carried) -> bool {
    let (one, other) = (&one.spec.span, &other.spec.span);
    Arc::ptr_eq(one.source(), other.source()) && one.range() == other.range()
}
