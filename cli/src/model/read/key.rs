//! What names a virtual service in the kernel: `vip` and `port`, or `fwmark`.
//!
//! With a firewall mark, `vip` and `port` say what else is known of it: which addresses the director holds, and what
//! is marked. Each may then be a list, for that is what marks are for: one service for several addresses and ports.

use std::net::IpAddr;

use lvs_agent::state::{Fwmark, Protocol, ServiceKey};

use crate::{
    model::{Mistakes, Placed},
    source::{Code, Diagnostic, Span},
    yaml::{Fields, Node},
};

/// What names a virtual service, as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct KeySpec {
    pub(crate) key: ServiceKey,
    /// What clients connect over: of a mark's service, only what is known of it.
    pub(crate) protocol: Protocol,
    /// The addresses that clients connect to; of a mark's service there may be none or several.
    pub(crate) vips: Vec<Placed<IpAddr>>,
    /// The ports that clients connect to; of a mark's service there may be none or several.
    pub(crate) ports: Vec<Placed<u16>>,
    /// Whether lvsctl sets the mark itself.
    pub(crate) marks: bool,
    /// The place of the VIP or of the mark.
    pub(crate) span: Span,
}

impl KeySpec {
    /// Reads `protocol`, and `vip` and `port`, or `fwmark` and what goes with it.
    pub(super) fn read(fields: &mut Fields, mistakes: &mut Mistakes) -> Option<Self> {
        let protocol = fields.optional("protocol").and_then(|node| mistakes.take(protocol(node))).unwrap_or_default();
        let (mark, ipv6) = (fields.optional("fwmark"), fields.optional("ipv6"));
        let marking = fields.entry("mark");
        if let Some(node) = mark {
            return of_mark(node, protocol, ipv6, marking.map(|(_, node)| node), fields, mistakes);
        }
        for (name, place) in [("ipv6", ipv6.map(|node| &node.span)), ("mark", marking.map(|(_, node)| &node.span))] {
            let title = format!("`{name}` is for services of a firewall mark");
            mistakes.extend_errors(place.map(|span| {
                Diagnostic::new(Code::BadFwmark, title, span, "").hint("add `fwmark: …`, or leave it out")
            }));
        }
        of_address(protocol, fields, mistakes)
    }

    /// The service's port; 0 is every port.
    pub(crate) fn port(&self) -> u16 {
        match self.key {
            ServiceKey::Address { port, .. } => port,
            ServiceKey::Fwmark { .. } => 0,
        }
    }

    /// For messages: `the VIP 203.0.113.168`, `the firewall mark 1`.
    pub(crate) fn what(&self) -> String {
        match self.key {
            ServiceKey::Address { vip, .. } => format!("the VIP {vip}"),
            ServiceKey::Fwmark { mark, .. } => format!("the firewall mark {}", mark.0),
        }
    }
}

fn of_address(protocol: Protocol, fields: &mut Fields, mistakes: &mut Mistakes) -> Option<KeySpec> {
    let vip = mistakes.take(fields.required("vip"));
    let port_node = mistakes.take(fields.required("port"));
    let vip = vip.and_then(|node| mistakes.take(one(node, vip_of)));
    let port = port_node.and_then(|node| mistakes.take(one(node, port)));
    let (vip, port) = (vip?, port?);
    Some(KeySpec {
        key: ServiceKey::Address { protocol, vip: vip.value, port: port.value },
        protocol,
        span: vip.span.clone(),
        vips: vec![vip],
        ports: vec![port],
        marks: false,
    })
}

fn of_mark(
    node: &Node,
    protocol: Protocol,
    ipv6: Option<&Node>,
    marking: Option<&Node>,
    fields: &mut Fields,
    mistakes: &mut Mistakes,
) -> Option<KeySpec> {
    let mark = mistakes.take(fwmark(node));
    let mut vips: Vec<Placed<IpAddr>> = Vec::new();
    for node in fields.optional("vip").map_or(&[][..], Node::as_list_or_one) {
        vips.extend(mistakes.take(vip_of(node)).map(|vip| Placed::new(vip, &node.span)));
    }
    let mut ports = Vec::new();
    for node in fields.optional("port").map_or(&[][..], Node::as_list_or_one) {
        ports.extend(mistakes.take(port_of_mark(node)).map(|port| Placed::new(port, &node.span)));
    }
    let asked = ipv6.and_then(|node| mistakes.take(node.as_bool()).map(|value| Placed::new(value, &node.span)));
    let family = family(asked.as_ref(), &vips);
    let ipv6 = mistakes.take(family);
    let marks = marking.is_some_and(|node| mistakes.take(marks(node, &vips)).is_some());
    Some(KeySpec {
        key: ServiceKey::Fwmark { mark: mark?, ipv6: ipv6? },
        protocol,
        span: node.span.clone(),
        vips,
        ports,
        marks,
    })
}

/// The kernel takes 0 for the TCP service `0.0.0.0:0` (`ip_vs_genl_parse_service`).
fn fwmark(node: &Node) -> Result<Fwmark, Diagnostic> {
    let number = node.as_int().map_err(|_| node.wrong_type("a firewall mark, a number from 1"))?;
    u32::try_from(number).ok().filter(|&mark| mark > 0).map(Fwmark).ok_or_else(|| {
        Diagnostic::new(Code::BadFwmark, format!("{number} is not a firewall mark"), &node.span, "")
            .hint("a mark is from 1 to 4294967295; 0 is what packets without a mark have")
    })
}

/// A mark's service is for one family (`-6`): that of its VIPs, or as told.
fn family(asked: Option<&Placed<bool>>, vips: &[Placed<IpAddr>]) -> Result<bool, Diagnostic> {
    let Some(first) = vips.first() else { return Ok(asked.is_some_and(|asked| asked.value)) };
    let ipv6 = first.value.is_ipv6();
    if let Some(other) = vips.iter().find(|vip| vip.value.is_ipv6() != ipv6) {
        let title = "a service of a firewall mark is for IPv4 or for IPv6";
        return Err(Diagnostic::new(Code::MixedFamilies, title, &other.span, "")
            .also(&first.span, "")
            .hint("make two services of it; they may have the same mark"));
    }
    match asked {
        Some(asked) if asked.value != ipv6 => {
            let title = format!("`ipv6: {}` does not go with {}", asked.value, first.value);
            Err(Diagnostic::new(Code::MixedFamilies, title, &asked.span, "")
                .also(&first.span, "")
                .hint("leave `ipv6` out: the VIPs tell the family"))
        }
        _ => Ok(ipv6),
    }
}

fn marks(node: &Node, vips: &[Placed<IpAddr>]) -> Result<(), Diagnostic> {
    let tool = node.as_str()?;
    if tool != "nft" {
        return Err(node
            .wrong_value(format!("`{tool}` cannot set marks"))
            .hint("`mark: nft` writes a rule of nftables; without `mark` you set it yourself"));
    }
    if vips.is_empty() {
        let title = "`mark: nft` does not know which packets to mark";
        return Err(Diagnostic::new(Code::BadFwmark, title, &node.span, "")
            .hint("add `vip: [203.0.113.168, …]`, and `port: [80, 443]` unless all ports are meant"));
    }
    Ok(())
}

fn one<T>(node: &Node, read: impl FnOnce(&Node) -> Result<T, Diagnostic>) -> Result<Placed<T>, Diagnostic> {
    if node.as_list().is_ok() {
        return Err(node
            .wrong_type("one value")
            .hint("a service for several addresses or ports is one of a firewall mark: `fwmark: 1`"));
    }
    read(node).map(|value| Placed::new(value, &node.span))
}

fn vip_of(node: &Node) -> Result<IpAddr, Diagnostic> {
    node.parse("an IP address")
        .map_err(|mistake| mistake.hint("such as `203.0.113.168` or `2001:db8::a8`, without a prefix"))
}

/// A port of a service or of a real server.
pub(super) fn port(node: &Node) -> Result<u16, Diagnostic> {
    node.as_number("a port from 0 to 65535").map_err(|mistake| mistake.hint("a port is a number, such as `80`"))
}

fn port_of_mark(node: &Node) -> Result<u16, Diagnostic> {
    match port(node)? {
        0 => Err(node.wrong_value("0 is not a port").hint("leave `port` out to mark all ports")),
        port => Ok(port),
    }
}

/// The protocols by their names. The kernel would take any number, and then never see a packet of it.
pub(super) const PROTOCOLS: [(&str, Protocol); 3] =
    [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)];

fn protocol(node: &Node) -> Result<Protocol, Diagnostic> {
    let name = node.as_str()?;
    let known = PROTOCOLS.iter().find(|(known, _)| *known == name).map(|(_, protocol)| *protocol);
    known.ok_or_else(|| node.wrong_value(format!("unknown protocol `{name}`")).hint("one of tcp, udp, sctp"))
}
