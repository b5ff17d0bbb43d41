//! What one host is to the services of the cluster.

use std::{collections::HashMap, net::IpAddr};

use lvs_agent::state::Forwarding;

use super::{gateway::nat_gateway, segment::Segments};
use crate::model::{Hosts, Service, ServiceMember, read::HostSpec};

/// What one host is to the services of the cluster.
pub(super) struct Part<'a> {
    pub(super) host: &'a HostSpec,
    /// The services it directs.
    pub(super) directed: Vec<&'a Service>,
    /// The services it answers for, once for each of its endpoints.
    pub(super) served: Vec<(&'a Service, &'a ServiceMember)>,
    /// The default gateways it needs as a NAT real server, at most one of each family.
    pub(super) nat_gateways: Vec<NatGateway<'a>>,
    /// The largest TCP segments that its tunnels have room for.
    pub(super) segments: Segments,
}

/// The default gateway of a NAT real server, with the real server's own address on that link.
pub(super) struct NatGateway<'a> {
    pub(super) gateway: IpAddr,
    pub(super) member: &'a ServiceMember,
}

impl<'a> Part<'a> {
    /// The parts of all hosts, in the order of the inventory, in one pass over all services.
    pub(super) fn all(services: &'a [Service], hosts: &'a Hosts) -> Vec<Self> {
        let mut directed: HashMap<&str, Vec<&Service>> = HashMap::new();
        let mut served: HashMap<&str, Vec<(&Service, &ServiceMember)>> = HashMap::new();
        for service in services {
            for director in &service.directors {
                directed.entry(director).or_default().push(service);
            }
            for member in &service.real_servers {
                served.entry(&member.host).or_default().push((service, member));
            }
        }
        let part = |host: &'a HostSpec| {
            let served = served.remove(host.name.as_str()).unwrap_or_default();
            Self {
                host,
                directed: directed.remove(host.name.as_str()).unwrap_or_default(),
                nat_gateways: nat_gateways(&served, hosts),
                segments: Segments::of(host, &served, hosts),
                served,
            }
        };
        hosts.iter().map(part).collect()
    }
}

fn nat_gateways<'a>(served: &[(&'a Service, &'a ServiceMember)], hosts: &Hosts) -> Vec<NatGateway<'a>> {
    let mut gateways: Vec<NatGateway> = Vec::new();
    for &(service, member) in served.iter().filter(|(service, _)| service.forward == Forwarding::Nat) {
        let Some(gateway) = nat_gateway(service, member, hosts) else { continue };
        if !gateways.iter().any(|known| known.gateway.is_ipv6() == gateway.is_ipv6()) {
            gateways.push(NatGateway { gateway, member });
        }
    }
    gateways
}
