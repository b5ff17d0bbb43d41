//! A virtual service with all names resolved.

use std::net::IpAddr;

use lvs_agent::state::{Forwarding, Persistence, RealServer, Scheduler, ServiceKey, VirtualService, Weight};
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
    /// One client stays with one real server.
    pub persistence: Option<Persistence>,
    /// The directors that have it in their table. The first holds the VIP; the others stand by.
    pub directors: Vec<String>,
    /// The device of the first director that gets the VIP.
    pub vip_device: String,
    /// The real servers, in the order of the inventory.
    pub real_servers: Vec<ServiceMember>,
    /// How it is asked whether it works.
    pub check: Check,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
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
    /// VIP, where the service is one of an address and not of a firewall mark.
    pub fn vip(&self) -> Option<IpAddr> {
        match self.key {
            ServiceKey::Address { vip, .. } => Some(vip),
            ServiceKey::Fwmark { .. } => None,
        }
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
            flags: lvs_agent::state::ServiceFlags::default(),
            persistence: self.persistence,
            persistence_engine: None,
            real_servers: self.real_servers.iter().map(|member| member.to_real_server(self.forward)).collect(),
        }
    }

    /// Whether it is the same but for its directors: two directors may each have their own text of it.
    pub(super) fn is_same_elsewhere(&self, other: &Self) -> bool {
        self.name == other.name
            && self.vip_device == other.vip_device
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
