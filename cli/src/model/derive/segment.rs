//! The largest TCP segment (MSS) that clients may send to a real server of tunnelling.
//!
//! A tunnelled packet is longer than the client's by the headers that go before it. One of full size which may not be
//! fragmented is then too long for the way from the director to the real server: it is dropped, the client is told by
//! ICMP ("fragmentation needed"), and where a firewall keeps that from it, an upload stalls for ever. So the real server
//! announces a segment that fits when it answers to a connection (RFC 9293, 3.7.1): the routes by which it reaches
//! clients have it as `advmss` (ip-route(8)). Nothing needs to look into packets for that.

use lvs_agent::state::{Forwarding, TunnelChecksum, TunnelKind};

use crate::model::{
    Hosts, Service, ServiceMember,
    read::{HostSpec, InterfaceSpec, Segment},
};

/// What a device has where nothing else is said: Ethernet's.
const MTU: u32 = 1500;

/// Linux takes no smaller segment (`TCP_MIN_MSS`).
const LEAST: u32 = 88;

/// The largest segments for connections of IPv4 and of IPv6, where there is a tunnel that they must fit into.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segments {
    ipv4: Option<u32>,
    ipv6: Option<u32>,
}

impl Segments {
    /// For a host that answers for these services.
    pub(super) fn of(host: &HostSpec, served: &[(&Service, &ServiceMember)], hosts: &Hosts) -> Self {
        let mut segments = Self::default();
        for (service, member) in served {
            let Forwarding::Tunnel(kind) = service.forward else { continue };
            let way = |spec: Option<&InterfaceSpec>| spec.and_then(|spec| spec.mtu).unwrap_or(MTU);
            let directors = service.directors.iter().map(|director| {
                let director = hosts.get(director);
                let link = director.towards(member.address).map(|(interface, _)| interface);
                way(link.or_else(|| director.gateway(member.address.is_ipv6()).map(|(interface, _)| interface)))
            });
            let own = way(host.towards(member.address).map(|(interface, _)| interface));
            let least = directors.fold(own, u32::min);
            let ipv6 = service.key.is_ipv6();
            let headers = in_tunnel(kind, member.address.is_ipv6()) + of_connection(ipv6);
            let segment = least.saturating_sub(headers).max(LEAST);
            let known = if ipv6 { &mut segments.ipv6 } else { &mut segments.ipv4 };
            *known = Some(known.map_or(segment, |known| known.min(segment)));
        }
        segments
    }

    /// What routes through a device announce; `None` is what its MTU allows.
    pub(super) fn through(self, interface: &InterfaceSpec, ipv6: bool) -> Option<u32> {
        let fits = |segment: &u32| *segment < interface.mtu.unwrap_or(MTU).saturating_sub(of_connection(ipv6));
        match interface.mss {
            Segment::Is(segment) => Some(segment),
            Segment::OfDevice => None,
            Segment::Fitting => if ipv6 { self.ipv6 } else { self.ipv4 }.filter(fits),
        }
    }
}

/// The headers of IP and TCP, without options.
const fn of_connection(ipv6: bool) -> u32 {
    if ipv6 { 60 } else { 40 }
}

/// What is before the client's packet, as IPVS reckons it (`__ip_vs_get_out_rt` of `ip_vs_xmit.c`).
const fn in_tunnel(kind: TunnelKind, ipv6: bool) -> u32 {
    let ip = if ipv6 { 40 } else { 20 };
    let own = match kind {
        TunnelKind::Ipip => 0,
        TunnelKind::Gre { checksum: TunnelChecksum::None } => 4,
        TunnelKind::Gre { .. } => 8,
        // UDP, GUE, and the two fields of remote checksum offload.
        TunnelKind::Gue { checksum: TunnelChecksum::Remote, .. } => 8 + 4 + 8,
        TunnelKind::Gue { .. } => 8 + 4,
    };
    ip + own
}
