//! Between what the kernel has and lvsctl's words. Into the kernel there is always a way; out of it there is none for
//! what this version has no words for, and that is said rather than bent.

use super::{
    Key, Netmask, Server, Service, Tunnel,
    constants::{
        IP_VS_CONN_F_DROUTE, IP_VS_CONN_F_MASQ, IP_VS_CONN_F_TUNNEL, IP_VS_SVC_F_ONEPACKET, IP_VS_SVC_F_PERSISTENT,
        IP_VS_SVC_F_SCHED1, IP_VS_SVC_F_SCHED2, IP_VS_SVC_F_SCHED3,
    },
};
use crate::state::{Forwarding, Persistence, RealServer, ServiceFlags, TunnelKind, VirtualService, Weight};

impl From<&VirtualService> for Service {
    fn from(service: &VirtualService) -> Self {
        let key = Key::from(service.key);
        let ServiceFlags { one_packet, sched_1, sched_2, sched_3 } = service.flags;
        let flags = [
            (one_packet, IP_VS_SVC_F_ONEPACKET),
            (sched_1, IP_VS_SVC_F_SCHED1),
            (sched_2, IP_VS_SVC_F_SCHED2),
            (sched_3, IP_VS_SVC_F_SCHED3),
            (service.persistence.is_some(), IP_VS_SVC_F_PERSISTENT),
        ];
        let netmask = match service.persistence {
            None => Netmask::all(&key),
            Some(Persistence { prefix, .. }) if key.is_ipv6() => Netmask::V6(prefix.into()),
            Some(Persistence { prefix, .. }) => {
                Netmask::V4(u32::MAX.checked_shl(32u32.saturating_sub(prefix.into())).unwrap_or(0).into())
            }
        };
        Self {
            key,
            scheduler: service.scheduler.name().to_owned(),
            flags: flags.iter().filter(|(set, _)| *set).fold(0, |flags, (_, flag)| flags | flag),
            timeout: service.persistence.map_or(0, |persistence| persistence.timeout_seconds),
            netmask,
            engine: None,
        }
        .normal()
    }
}

impl Service {
    /// The service in lvsctl's words, without real servers; `None` where there are none.
    pub(super) fn words(&self) -> Option<VirtualService> {
        let known = IP_VS_SVC_F_PERSISTENT
            | IP_VS_SVC_F_ONEPACKET
            | IP_VS_SVC_F_SCHED1
            | IP_VS_SVC_F_SCHED2
            | IP_VS_SVC_F_SCHED3;
        if self.flags & !known != 0 || self.engine.is_some() {
            return None;
        }
        let has = |flag| self.flags & flag != 0;
        let persistence = if self.is_persistent() {
            Some(Persistence { timeout_seconds: self.timeout, prefix: self.netmask.prefix()? })
        } else {
            None
        };
        Some(VirtualService {
            key: self.key.words()?,
            scheduler: self.scheduler.parse().ok()?,
            flags: ServiceFlags {
                one_packet: has(IP_VS_SVC_F_ONEPACKET),
                sched_1: has(IP_VS_SVC_F_SCHED1),
                sched_2: has(IP_VS_SVC_F_SCHED2),
                sched_3: has(IP_VS_SVC_F_SCHED3),
            },
            persistence,
            real_servers: Vec::new(),
        })
    }
}

impl From<&RealServer> for Server {
    fn from(server: &RealServer) -> Self {
        let method = match server.forwarding {
            Forwarding::Nat => IP_VS_CONN_F_MASQ,
            Forwarding::DirectRouting => IP_VS_CONN_F_DROUTE,
            Forwarding::Tunnel(TunnelKind::Ipip) => IP_VS_CONN_F_TUNNEL,
        };
        Self {
            address: server.address,
            port: server.port,
            method,
            weight: server.weight.0.into(),
            upper: server.upper_threshold,
            lower: server.lower_threshold,
            tunnel: Tunnel::default(),
        }
    }
}

impl Server {
    /// The real server in lvsctl's words; `None` where there are none.
    pub(super) fn words(&self) -> Option<RealServer> {
        let forwarding = match self.method {
            IP_VS_CONN_F_MASQ => Forwarding::Nat,
            IP_VS_CONN_F_DROUTE => Forwarding::DirectRouting,
            IP_VS_CONN_F_TUNNEL if self.tunnel == Tunnel::default() => Forwarding::Tunnel(TunnelKind::Ipip),
            _ => return None,
        };
        Some(RealServer {
            address: self.address,
            port: self.port,
            forwarding,
            weight: Weight(u16::try_from(self.weight).ok()?),
            upper_threshold: self.upper,
            lower_threshold: self.lower,
        })
    }
}
