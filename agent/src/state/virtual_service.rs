//! A virtual service of IPVS: one address, protocol and port (or one firewall mark) that is spread over real servers.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::{RealServer, Scheduler};

/// A virtual service and its real servers, as a director's kernel should have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualService {
    /// What names it in the kernel.
    pub key: ServiceKey,
    /// How a real server is picked.
    pub scheduler: Scheduler,
    /// One-packet scheduling and the scheduler's own flags.
    #[serde(default, skip_serializing_if = "ServiceFlags::is_empty")]
    pub flags: ServiceFlags,
    /// One client stays with one real server; `None` is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence: Option<Persistence>,
    /// Name of the persistence engine that looks into the packets (ipvsadm `--pe`): the kernel has `sip`, for SIP over
    /// UDP and with persistence only. A kernel module `ip_vs_pe_NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence_engine: Option<String>,
    /// The real servers, in the order of the inventory.
    pub real_servers: Vec<RealServer>,
}

/// What names a virtual service in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKey {
    /// Protocol, VIP and port (ipvsadm `-t`, `-u`, `--sctp-service`).
    Address {
        /// Protocol.
        protocol: Protocol,
        /// VIP.
        vip: IpAddr,
        /// Port; 0 is every port and needs persistence.
        port: u16,
    },
    /// A firewall mark (ipvsadm `-f`), for one address family.
    Fwmark {
        /// The mark; never 0, which the kernel takes for the service `0.0.0.0:0`.
        mark: Fwmark,
        /// IPv6 instead of IPv4 (ipvsadm `-6`).
        ipv6: bool,
    },
}

/// Transport protocol of a virtual service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A firewall mark (`iptables -j MARK`, `nft meta mark set`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fwmark(pub u32);

/// Flags of a virtual service (`IP_VS_SVC_F_*` in `linux/ip_vs.h`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the kernel's independent flag bits, by name")]
pub struct ServiceFlags {
    /// Every packet of UDP is scheduled for itself (ipvsadm `-o`).
    pub one_packet: bool,
    /// First flag of the scheduler: `sh-fallback`, `mh-fallback` (ipvsadm `-b`).
    pub sched_1: bool,
    /// Second flag of the scheduler: `sh-port`, `mh-port`.
    pub sched_2: bool,
    /// Third flag of the scheduler; no scheduler has one today.
    pub sched_3: bool,
}

impl ServiceFlags {
    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Persistence: connections of one client go to the same real server (ipvsadm `-p`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persistence {
    /// Seconds after the last connection for which the choice is kept.
    pub timeout_seconds: u32,
    /// Clients with the same first bits count as one (ipvsadm `-M`): 1 to 32 for IPv4, 1 to 128 for IPv6.
    pub prefix: u8,
}

impl ServiceKey {
    /// Whether its addresses are IPv6.
    pub const fn is_ipv6(&self) -> bool {
        match self {
            Self::Address { vip, .. } => vip.is_ipv6(),
            Self::Fwmark { ipv6, .. } => *ipv6,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { protocol, vip, port } => write!(f, "{protocol} {}", std::net::SocketAddr::new(*vip, *port)),
            Self::Fwmark { mark, ipv6: false } => write!(f, "fwmark {}", mark.0),
            Self::Fwmark { mark, ipv6: true } => write!(f, "fwmark {} ipv6", mark.0),
        }
    }
}
