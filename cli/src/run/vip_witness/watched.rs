//! Which services are asked, and which of them a run may silence for a while. Pure.

use std::{
    collections::HashSet,
    net::{IpAddr, SocketAddr},
};

use lvs_agent::{
    state::{Forwarding, RealServer, Resource, VirtualService, Weight},
    wire::Facts,
};

use crate::model::{Cluster, Service};

/// How many endpoints are asked before a run.
const MOST: usize = 32;

/// A place where a service answers.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) service: Service,
    pub(super) endpoint: SocketAddr,
}

/// Where services answer that are to send to somebody: one of each VIP before a second one of any.
pub(super) fn watched(services: &[Service]) -> Vec<Watched> {
    let sends = |service: &&Service| service.real_servers.iter().any(|member| member.weight > Weight(0));
    let mut seen = HashSet::new();
    let all = services.iter().filter(sends).flat_map(|service| {
        service.endpoints().into_iter().map(move |endpoint| Watched { service: service.clone(), endpoint })
    });
    let (mut first, others): (Vec<_>, Vec<_>) = all.partition(|watched| seen.insert(watched.endpoint.ip()));
    first.extend(others);
    first.truncate(MOST);
    first
}

/// Whether the director is to get the VIP, or the address that is the real servers' gateway.
pub(super) fn is_moving(service: &Service, cluster: &Cluster, holder: &Facts) -> bool {
    let has = |address: IpAddr| {
        holder.interfaces.iter().flat_map(|interface| &interface.addresses).any(|own| own.addr() == address)
    };
    let is_missing = |host: &str| {
        let stage = cluster.nodes.get(host).map(|node| node.real_server.as_slice()).unwrap_or_default();
        let mut gateways = stage.iter().filter_map(|resource| match resource {
            Resource::Route(route) if route.destination.prefix_len() == 0 => route.gateway,
            _ => None,
        });
        gateways.any(|gateway| !has(gateway))
    };
    !service.addresses().all(has)
        || service.forward == Forwarding::Nat && service.real_servers.iter().any(|member| is_missing(&member.host))
}

/// Whether a table sends by another method than the service should, or to nobody who stays as he is. Other real servers may
/// come and go meanwhile: a cluster never sends to one that is not ready.
pub(super) fn is_other(service: &Service, table: &[VirtualService]) -> bool {
    let Some(live) = table.iter().find(|live| live.key == service.key) else { return true };
    let wanted = service.to_virtual_service().real_servers;
    let stays = |live: &RealServer| {
        wanted.iter().any(|wanted| {
            (wanted.address, wanted.port, wanted.forwarding) == (live.address, live.port, live.forwarding)
        })
    };
    let mut servers = live.real_servers.iter();
    servers.clone().any(|server| server.forwarding != service.forward) || !servers.any(stays)
}
