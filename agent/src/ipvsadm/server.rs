//! Real servers: the options of `-a` and `-e`.

use std::net::IpAddr;

use super::{
    address::address,
    flag::{Flag, Given},
    mistake::{Wrong, wrong},
};
use crate::state::{Forwarding, RealServer, ServiceKey, TunnelChecksum, TunnelKind, Weight};

const CHECKSUMS: [Flag; 3] = [Flag::NoChecksum, Flag::Checksum, Flag::RemoteChecksum];
const METHODS: [Flag; 3] = [Flag::Direct, Flag::Tunnel, Flag::Nat];
/// The options of a real server, with those that name its service.
const OPTIONS: [Flag; 17] = [
    Flag::Tcp,
    Flag::Udp,
    Flag::Sctp,
    Flag::Mark,
    Flag::Ipv6,
    Flag::Server,
    Flag::Direct,
    Flag::Tunnel,
    Flag::Nat,
    Flag::Weight,
    Flag::Upper,
    Flag::Lower,
    Flag::TunnelType,
    Flag::TunnelPort,
    Flag::NoChecksum,
    Flag::Checksum,
    Flag::RemoteChecksum,
];
const TUNNEL: [Flag; 2] = [Flag::TunnelType, Flag::TunnelPort];

/// Address and port of the real server that a line is about, before forwarding has a say about the port.
pub(super) fn name(given: &Given<'_>, key: &ServiceKey) -> Result<(IpAddr, u16), Wrong> {
    let text = given.value(Flag::Server).ok_or_else(|| wrong("no real server is named").hint("add -r"))?;
    let (address, port) = address(text)?;
    Ok((address, port.unwrap_or_else(|| port_of(key))))
}

fn port_of(key: &ServiceKey) -> u16 {
    match key {
        ServiceKey::Address { port, .. } => *port,
        ServiceKey::Fwmark { .. } => 0,
    }
}

/// The real server of `-a` or `-e`.
pub(super) fn server(command: Flag, given: &Given<'_>, key: &ServiceKey) -> Result<RealServer, Wrong> {
    given.only(command, &OPTIONS)?;
    let (address, mut port) = name(given, key)?;
    let method = given.one_of(&METHODS)?.unwrap_or(Flag::Direct);
    let forwarding = match method {
        Flag::Nat => Forwarding::Nat,
        Flag::Tunnel => Forwarding::Tunnel(tunnel(given)?),
        _ => Forwarding::DirectRouting,
    };
    if method != Flag::Tunnel {
        if let Some(flag) = TUNNEL.iter().chain(&CHECKSUMS).find(|flag| given.has(**flag)) {
            return Err(wrong(format!("{flag} goes with -i only")));
        }
        if address.is_ipv6() != key.is_ipv6() {
            return Err(wrong(format!("{address} is of another address family than its service"))
                .hint("that goes by tunnelling (-i) only"));
        }
    }
    // As ipvsadm does: but for NAT the packet keeps its port, whatever the line says.
    if let (ServiceKey::Address { port: of_service, .. }, Flag::Direct | Flag::Tunnel) = (key, method) {
        port = *of_service;
    }
    let weight = match given.number(Flag::Weight, 0..=65_535) {
        Ok(weight) => weight.and_then(|weight| u16::try_from(weight).ok()),
        Err(wrong) => {
            return Err(wrong.hint("weights are shares: divide all of the service's by the same number"));
        }
    };
    let threshold = |flag| given.number(flag, 0..=i32::MAX.cast_unsigned()).map(Option::unwrap_or_default);
    Ok(RealServer {
        address,
        port,
        forwarding,
        weight: weight.map_or(Weight::default(), Weight),
        upper_threshold: threshold(Flag::Upper)?,
        lower_threshold: threshold(Flag::Lower)?,
    })
}

fn tunnel(given: &Given<'_>) -> Result<TunnelKind, Wrong> {
    let checksum = given.one_of(&CHECKSUMS)?;
    let port = given.number(Flag::TunnelPort, 1..=65_535)?.and_then(|port| u16::try_from(port).ok());
    let is_not_for = |flag: Flag, name: &str| Err(wrong(format!("{flag} does not go with --tun-type {name}")));
    let kind = match checksum {
        Some(Flag::Checksum) => TunnelChecksum::Checksum,
        Some(Flag::RemoteChecksum) => TunnelChecksum::Remote,
        _ => TunnelChecksum::None,
    };
    match (given.value(Flag::TunnelType).unwrap_or("ipip"), port, checksum) {
        (name @ ("ipip" | "gre"), Some(_), _) => is_not_for(Flag::TunnelPort, name),
        ("ipip", _, Some(flag)) => is_not_for(flag, "ipip"),
        ("ipip", ..) => Ok(TunnelKind::Ipip),
        ("gre", _, Some(Flag::RemoteChecksum)) => is_not_for(Flag::RemoteChecksum, "gre"),
        ("gre", ..) => Ok(TunnelKind::Gre { checksum: kind }),
        ("gue", Some(port), _) => Ok(TunnelKind::Gue { port, checksum: kind }),
        ("gue", None, _) => Err(wrong("--tun-type gue needs --tun-port")),
        (other, ..) => Err(wrong(format!("unknown tunnel type `{other}`")).hint("one of ipip, gue, gre")),
    }
}
