//! Between what the kernel has and lvsctl's words. Into the kernel there is always a way; out of it there is none for
//! what this version has no words for, and that is said rather than bent.

use super::{
    Key, Netmask, Server, Service, Tunnel,
    constants::{
        IP_VS_CONN_F_DROUTE, IP_VS_CONN_F_MASQ, IP_VS_CONN_F_TUNNEL, IP_VS_CONN_F_TUNNEL_TYPE_GRE,
        IP_VS_CONN_F_TUNNEL_TYPE_GUE, IP_VS_CONN_F_TUNNEL_TYPE_IPIP, IP_VS_SVC_F_ONEPACKET, IP_VS_SVC_F_PERSISTENT,
        IP_VS_SVC_F_SCHED1, IP_VS_SVC_F_SCHED2, IP_VS_SVC_F_SCHED3, IP_VS_TUNNEL_ENCAP_FLAG_CSUM,
        IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM, IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM,
    },
};
use crate::state::{
    Forwarding, Persistence, RealServer, Scheduler, ServiceFlags, TunnelChecksum, TunnelKind, VirtualService, Weight,
};

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
            engine: service.persistence_engine.clone(),
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
        if self.flags & !known != 0 {
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
            scheduler: Scheduler::named(&self.scheduler).ok()?,
            flags: ServiceFlags {
                one_packet: has(IP_VS_SVC_F_ONEPACKET),
                sched_1: has(IP_VS_SVC_F_SCHED1),
                sched_2: has(IP_VS_SVC_F_SCHED2),
                sched_3: has(IP_VS_SVC_F_SCHED3),
            },
            persistence,
            persistence_engine: self.engine.clone(),
            real_servers: Vec::new(),
        })
    }
}

impl From<&RealServer> for Server {
    fn from(server: &RealServer) -> Self {
        let (method, tunnel) = match server.forwarding {
            Forwarding::Nat => (IP_VS_CONN_F_MASQ, Tunnel::default()),
            Forwarding::DirectRouting => (IP_VS_CONN_F_DROUTE, Tunnel::default()),
            Forwarding::Tunnel(kind) => (IP_VS_CONN_F_TUNNEL, kind.into()),
        };
        Self {
            address: server.address,
            port: server.port,
            method,
            weight: server.weight.0.into(),
            upper: server.upper_threshold,
            lower: server.lower_threshold,
            tunnel,
        }
    }
}

impl Server {
    /// The real server in lvsctl's words; `None` where there are none.
    pub(super) fn words(&self) -> Option<RealServer> {
        let forwarding = match self.method {
            IP_VS_CONN_F_MASQ => Forwarding::Nat,
            IP_VS_CONN_F_DROUTE => Forwarding::DirectRouting,
            IP_VS_CONN_F_TUNNEL => Forwarding::Tunnel(self.tunnel.words()?),
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

impl From<TunnelKind> for Tunnel {
    fn from(kind: TunnelKind) -> Self {
        let flags = |checksum| match checksum {
            TunnelChecksum::None => IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM,
            TunnelChecksum::Checksum => IP_VS_TUNNEL_ENCAP_FLAG_CSUM,
            TunnelChecksum::Remote => IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM,
        };
        match kind {
            TunnelKind::Ipip => Self::default(),
            TunnelKind::Gue { port, checksum } => {
                Self { kind: IP_VS_CONN_F_TUNNEL_TYPE_GUE, port, flags: flags(checksum) }
            }
            TunnelKind::Gre { checksum } => {
                Self { kind: IP_VS_CONN_F_TUNNEL_TYPE_GRE, port: 0, flags: flags(checksum) }
            }
        }
    }
}

impl Tunnel {
    /// The encapsulation in lvsctl's words; `None` where there are none.
    fn words(self) -> Option<TunnelKind> {
        let checksum = match self.flags {
            IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM => TunnelChecksum::None,
            IP_VS_TUNNEL_ENCAP_FLAG_CSUM => TunnelChecksum::Checksum,
            IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM => TunnelChecksum::Remote,
            _ => return None,
        };
        match self.kind {
            IP_VS_CONN_F_TUNNEL_TYPE_IPIP => Some(TunnelKind::Ipip),
            IP_VS_CONN_F_TUNNEL_TYPE_GUE => Some(TunnelKind::Gue { port: self.port, checksum }),
            IP_VS_CONN_F_TUNNEL_TYPE_GRE => Some(TunnelKind::Gre { checksum }),
            _ => None,
        }
    }

    /// Two tunnels are compared by what they do: only GUE has a port, and IP in IP has nothing else at all.
    pub(super) fn normal(self) -> Self {
        match self.kind {
            IP_VS_CONN_F_TUNNEL_TYPE_IPIP => Self::default(),
            IP_VS_CONN_F_TUNNEL_TYPE_GRE => Self { port: 0, ..self },
            _ => self,
        }
    }
}
