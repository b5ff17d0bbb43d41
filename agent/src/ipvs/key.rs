//! What names a virtual service in the kernel, also where lvsctl has no words for it (another protocol).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use super::constants::{
    AF_INET, AF_INET6, IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP, IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_ADDR,
    IPVS_SVC_ATTR_AF, IPVS_SVC_ATTR_FWMARK, IPVS_SVC_ATTR_PORT, IPVS_SVC_ATTR_PROTOCOL,
};
use crate::{
    netlink::{Attribute, Malformed, Writer},
    state::{Fwmark, Protocol, ServiceKey},
};

/// What names a virtual service in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Protocol, VIP and port.
    Address {
        /// Number of the protocol.
        protocol: u16,
        /// VIP.
        vip: IpAddr,
        /// Port.
        port: u16,
    },
    /// A firewall mark.
    Mark {
        /// The mark.
        mark: u32,
        /// IPv6 instead of IPv4.
        ipv6: bool,
    },
}

impl Key {
    pub(super) const fn is_ipv6(&self) -> bool {
        match self {
            Self::Address { vip, .. } => vip.is_ipv6(),
            Self::Mark { ipv6, .. } => *ipv6,
        }
    }

    /// `AF_INET` or `AF_INET6`.
    pub(super) const fn family(&self) -> u16 {
        if self.is_ipv6() { AF_INET6 } else { AF_INET }
    }

    /// Writes the attributes that name the service.
    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.u16(IPVS_SVC_ATTR_AF, self.family());
        match *self {
            // A mark of 0 must not be sent: the kernel would take it for the TCP service 0.0.0.0:0.
            Self::Mark { mark, .. } => writer.u32(IPVS_SVC_ATTR_FWMARK, mark),
            Self::Address { protocol, vip, port } => {
                writer.u16(IPVS_SVC_ATTR_PROTOCOL, protocol);
                writer.attribute(IPVS_SVC_ATTR_ADDR, &union_bytes(vip));
                writer.be16(IPVS_SVC_ATTR_PORT, port);
            }
        }
    }

    /// Writes the attribute `IPVS_CMD_ATTR_SERVICE` with nothing but the name in it.
    pub(super) fn encode_alone(&self, writer: &mut Writer) {
        writer.nest(IPVS_CMD_ATTR_SERVICE, |writer| self.encode(writer));
    }
}

/// `union nf_inet_addr`: 16 bytes, IPv4 in the first four.
pub(super) fn union_bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V6(address) => address.octets(),
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

/// The address in a `union nf_inet_addr`.
pub(super) fn union_address(attribute: &Attribute<'_>, family: u16) -> Result<IpAddr, Malformed> {
    match family {
        AF_INET => attribute.ipv4().map(Ipv4Addr::into),
        AF_INET6 => attribute.ipv6().map(Ipv6Addr::into),
        _ => Err(Malformed { what: "address family", length: family.into() }),
    }
}

impl From<ServiceKey> for Key {
    fn from(key: ServiceKey) -> Self {
        match key {
            ServiceKey::Fwmark { mark: Fwmark(mark), ipv6 } => Self::Mark { mark, ipv6 },
            ServiceKey::Address { protocol, vip, port } => {
                let protocol = match protocol {
                    Protocol::Tcp => IPPROTO_TCP,
                    Protocol::Udp => IPPROTO_UDP,
                    Protocol::Sctp => IPPROTO_SCTP,
                };
                Self::Address { protocol, vip, port }
            }
        }
    }
}

impl Key {
    /// The key in lvsctl's words; `None` for another protocol.
    pub(super) const fn words(&self) -> Option<ServiceKey> {
        match *self {
            Self::Mark { mark, ipv6 } => Some(ServiceKey::Fwmark { mark: Fwmark(mark), ipv6 }),
            Self::Address { protocol, vip, port } => {
                let protocol = match protocol {
                    IPPROTO_TCP => Protocol::Tcp,
                    IPPROTO_UDP => Protocol::Udp,
                    IPPROTO_SCTP => Protocol::Sctp,
                    _ => return None,
                };
                Some(ServiceKey::Address { protocol, vip, port })
            }
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.words(), *self) {
            (Some(key), _) => key.fmt(f),
            (None, Self::Address { protocol, vip, port }) => {
                write!(f, "protocol {protocol} {}", SocketAddr::new(vip, port))
            }
            (None, Self::Mark { mark, .. }) => write!(f, "fwmark {mark}"),
        }
    }
}
