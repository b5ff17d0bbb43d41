//! A route as the kernel has it (`RTM_NEWROUTE`, `struct rtmsg` in `linux/rtnetlink.h`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::constants::{
    AF_INET, AF_INET6, RT_TABLE_MAIN, RTA_DST, RTA_GATEWAY, RTA_METRICS, RTA_MULTIPATH, RTA_OIF, RTA_PREFSRC,
    RTA_PRIORITY, RTA_TABLE, RTA_VIA, RTAX_ADVMSS, RTM_F_CLONED, RTMSG, RTN_UNICAST,
};
use crate::netlink::{Attributes, Malformed, Message};

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRoute {
    /// Destination network.
    pub destination: IpNet,
    /// Next hop.
    pub gateway: Option<IpAddr>,
    /// Number of the outgoing device.
    pub device: Option<u32>,
    /// Metric.
    pub metric: u32,
    /// The address that packets without one leave with.
    pub source: Option<IpAddr>,
    /// The largest TCP segment that is announced over it, where the route says so.
    pub advmss: Option<u32>,
    /// Routing table.
    pub table: u32,
    /// Type (`RTN_*`), such as 1 for unicast and 2 for an address of the node itself.
    pub kind: u8,
    /// It has something that this version has no words for: several next hops, a next hop of the other family, or a
    /// type that is not unicast.
    pub special: bool,
}

impl LiveRoute {
    /// An entry of a table; `None` for one of another family and for a note that the kernel made for itself.
    ///
    /// A route for one type of service or one source network is another route (and not one that lvsctl makes).
    pub(super) fn decode(message: &Message<'_>) -> Result<Option<Self>, Malformed> {
        match message.payload.first_chunk::<RTMSG>() {
            Some([_, _, from, tos, _, _, _, _, flags @ ..])
                if u32::from_ne_bytes(*flags) & RTM_F_CLONED != 0 || *from != 0 || *tos != 0 =>
            {
                Ok(None)
            }
            _ => Self::decode_any(message),
        }
    }

    /// Also what the kernel made for itself, as a look-up gives it.
    pub(super) fn decode_any(message: &Message<'_>) -> Result<Option<Self>, Malformed> {
        // struct rtmsg { u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags; }
        let Some([family, prefix, _, _, table, _, _, kind, ..]) = message.payload.first_chunk::<RTMSG>() else {
            return Err(Malformed { what: "rtmsg", length: message.payload.len() });
        };
        let any: IpAddr = match *family {
            AF_INET => Ipv4Addr::UNSPECIFIED.into(),
            AF_INET6 => Ipv6Addr::UNSPECIFIED.into(),
            _ => return Ok(None),
        };
        let mut destination = any;
        let mut route = Self {
            destination: any.into(),
            gateway: None,
            device: None,
            metric: 0,
            source: None,
            advmss: None,
            table: (*table).into(),
            kind: *kind,
            special: *kind != RTN_UNICAST,
        };
        for attribute in Attributes::behind(message.payload, RTMSG) {
            let attribute = attribute?;
            match attribute.kind {
                RTA_DST => destination = attribute.address()?,
                RTA_GATEWAY => route.gateway = Some(attribute.address()?),
                RTA_OIF => route.device = Some(attribute.u32()?),
                RTA_PRIORITY => route.metric = attribute.u32()?,
                RTA_PREFSRC => route.source = Some(attribute.address()?),
                RTA_TABLE => route.table = attribute.u32()?,
                RTA_METRICS => {
                    for metric in attribute.nested() {
                        let metric = metric?;
                        if metric.kind == RTAX_ADVMSS {
                            route.advmss = Some(metric.u32()?);
                        }
                    }
                }
                RTA_MULTIPATH | RTA_VIA => route.special = true,
                _ => {}
            }
        }
        route.destination = IpNet::new(destination, *prefix)
            .map_err(|_| Malformed { what: "prefix length", length: usize::from(*prefix) })?;
        Ok(Some(route))
    }

    /// Whether it is in the main table.
    pub(super) const fn is_in_main(&self) -> bool {
        self.table == RT_TABLE_MAIN as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(payload in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = LiveRoute::decode(&Message { kind: 0, flags: 0, sequence: 0, payload: &payload });
        }
    }
}
