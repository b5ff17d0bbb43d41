//! A virtual service with all names resolved.

use std::net::{IpAddr, SocketAddr};

use lvs_agent::state::{
    Forwarding, Persistence, Protocol, RealServer, Scheduler, ServiceFlags, ServiceKey, VirtualService, Weight,
};
use serde::Serialize;

use super::Check;
use crate::source::Span;

/// A virtual service with all names resolved to hosts and addresses.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// Name, for people.
    pub name: String,
    /// What names it in the kernel.
    pub key: ServiceKey,
    /// Forwarding method.
    pub forward: Forwarding,
    /// How a real server is picked.
    pub scheduler: Scheduler,
    /// One-packet scheduling and the scheduler's own flags.
    #[serde(skip_serializing_if = "ServiceFlags::is_empty")]
    pub flags: ServiceFlags,
    /// One client stays with one real server.
    pub persistence: Option<Persistence>,
    /// The engine that looks into the packets for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistence_engine: Option<String>,
    /// The directors that have it in their table. The first holds the VIP; the others stand by.
    pub directors: Vec<String>,
    /// The addresses that clients connect to, with the device of the first director that gets each. One, but for the
    /// service of a firewall mark, of which none or several may be known.
    pub vips: Vec<ServiceVip>,
    /// What clients connect over.
    pub protocol: Protocol,
    /// The ports that clients connect to, where they are known; 0 is every port.
    pub ports: Vec<u16>,
    /// Whether lvsctl sets the firewall mark itself.
    pub marks: bool,
    /// The real servers, in the order of the inventory.
    pub real_servers: Vec<ServiceMember>,
    /// How it is asked whether it works.
    pub check: Check,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// An address that clients connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceVip {
    /// The VIP.
    pub address: IpAddr,
    /// The device of the first director that gets it.
    pub device: String,
}

/// A real server of a virtual service.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceMember {
    /// Host.
    pub host: String,
    /// RIP.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
    /// Share relative to the other real servers.
    pub weight: Weight,
    /// Connections above which no new ones are sent; 0 is no limit.
    pub upper_threshold: u32,
    /// Connections below which new ones are sent again; 0 is three quarters of the upper threshold.
    pub lower_threshold: u32,
    /// Where it is named.
    #[serde(skip)]
    pub span: Span,
}

impl Service {
    /// The VIPs.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.vips.iter().map(|vip| vip.address)
    }

    /// Where a client can connect over TCP to see whether the service works, as far as that is known.
    pub fn endpoints(&self) -> Vec<SocketAddr> {
        let ports = || self.ports.iter().copied().filter(|&port| self.protocol == Protocol::Tcp && port > 0);
        self.addresses().flat_map(|vip| ports().map(move |port| SocketAddr::new(vip, port))).collect()
    }

    /// The director that holds the VIP.
    pub fn holder(&self) -> &str {
        &self.directors[0]
    }

    /// What a director's kernel should have.
    pub fn to_virtual_service(&self) -> VirtualService {
        VirtualService {
            key: self.key,
            scheduler: self.scheduler,
            flags: self.flags,
            persistence: self.persistence,
            persistence_engine: self.persistence_engine.clone(),
            real_servers: self.real_servers.iter().map(|member| member.to_real_server(self.forward)).collect(),
        }
    }

    /// Whether it is the same but for its directors: two directors may each have their own text of it.
    pub(super) fn is_same_elsewhere(&self, other: &Self) -> bool {
        self.name == other.name
            && self.vips == other.vips
            && (self.protocol, &self.ports, self.marks) == (other.protocol, &other.ports, other.marks)
            && self.check == other.check
            && self.to_virtual_service() == other.to_virtual_service()
    }
}

impl ServiceMember {
    fn to_real_server(&self, forwarding: Forwarding) -> RealServer {
        RealServer {
            address: self.address,
            port: self.port,
            forwarding,
            weight: self.weight,
            upper_threshold: self.upper_threshold,
            lower_threshold: self.lower_threshold,
        }
    }
}
