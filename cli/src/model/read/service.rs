//! An item of `lvs_services`: one virtual service as the user wrote it.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;
use lvs_agent::state::{Forwarding, Persistence, Protocol, Scheduler, ServiceKey, TunnelKind};

use super::{RealServerEntry, check, persistence};
use crate::{
    model::{Check, Mistakes, Placed},
    source::{Code, Diagnostic, Span, did_you_mean},
    yaml::{Fields, Node},
};

/// The group of directors where a service names none.
const DEFAULT_DIRECTORS: &str = "directors";

/// A virtual service as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSpec {
    pub(crate) name: Placed<String>,
    pub(crate) vip: Placed<IpAddr>,
    pub(crate) port: Placed<u16>,
    pub(crate) protocol: Protocol,
    pub(crate) scheduler: Placed<Scheduler>,
    pub(crate) forward: Placed<Forwarding>,
    pub(crate) persistence: Option<Persistence>,
    /// A group, or one host.
    pub(crate) directors: Placed<String>,
    pub(crate) real_servers: Placed<Vec<RealServerEntry>>,
    /// The network in which the real servers' addresses are looked for.
    pub(crate) real_network: Option<Placed<IpNet>>,
    pub(crate) vip_device: Option<Placed<String>>,
    pub(crate) check: Check,
    /// The whole item.
    pub(crate) span: Span,
}

impl ServiceSpec {
    /// Reads an item; what is optional and wrong is left out, so that the rest can still be checked.
    pub(super) fn read(node: &Node, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = mistakes.take(Fields::new("virtual service", node))?;
        let name = fields.optional("name").and_then(|node| placed(node, mistakes, Node::to_text));
        let vip = required(&mut fields, "vip", mistakes, vip);
        let port = required(&mut fields, "port", mistakes, port);
        let protocol = fields.optional("protocol").and_then(|node| mistakes.take(protocol(node)));
        let scheduler = fields.optional("scheduler").and_then(|node| placed(node, mistakes, scheduler));
        let forward = required(&mut fields, "forward", mistakes, forward);
        let directors = fields.optional("directors").and_then(|node| placed(node, mistakes, Node::to_text));
        let real_servers = required(&mut fields, "real_servers", mistakes, |node| {
            node.as_list().map_err(|mistake| mistake.hint("one real server a line, each after a dash: `- group: web`"))
        });
        let real_servers =
            real_servers.map(|list| Placed { value: read_entries(list.value, mistakes), span: list.span });
        let real_network = fields
            .optional("real_network")
            .and_then(|node| placed(node, mistakes, |node| node.parse("a network such as 192.0.2.0/24")));
        let vip_device = fields.optional("vip_device").and_then(|node| placed(node, mistakes, Node::to_text));
        let check = fields.optional("check").and_then(|node| mistakes.take(check::read(node)));
        let ipv6 = vip.as_ref().is_some_and(|vip| vip.value.is_ipv6());
        let persistence_node = fields.optional("persistence");
        let persistence = persistence_node.and_then(|node| mistakes.take(persistence::read(node, ipv6)));
        mistakes.take(fields.finish());

        let (vip, port, forward, real_servers) = (vip?, port?, forward?, real_servers?);
        if port.value == 0 && persistence_node.is_none() {
            mistakes.error(every_port_needs_persistence(&port.span));
        }
        let protocol = protocol.unwrap_or_default();
        let key = ServiceKey::Address { protocol, vip: vip.value, port: port.value };
        Some(Self {
            name: name.unwrap_or_else(|| Placed::new(key.to_string(), &vip.span)),
            protocol,
            scheduler: scheduler.unwrap_or_else(|| Placed::new(Scheduler::WeightedLeastConnection, &node.span)),
            directors: directors.unwrap_or_else(|| Placed::new(DEFAULT_DIRECTORS.to_owned(), &vip.span)),
            check: check.unwrap_or_default(),
            span: node.span.clone(),
            vip,
            port,
            forward,
            persistence,
            real_servers,
            real_network,
            vip_device,
        })
    }

    /// What names it in the kernel.
    pub(crate) fn key(&self) -> ServiceKey {
        ServiceKey::Address { protocol: self.protocol, vip: self.vip.value, port: self.port.value }
    }
}

fn required<'a, T>(
    fields: &mut Fields<'a>,
    name: &'a str,
    mistakes: &mut Mistakes,
    read: impl FnOnce(&'a Node) -> Result<T, Diagnostic>,
) -> Option<Placed<T>> {
    let node = mistakes.take(fields.required(name))?;
    placed(node, mistakes, read)
}

fn placed<'a, T>(
    node: &'a Node,
    mistakes: &mut Mistakes,
    read: impl FnOnce(&'a Node) -> Result<T, Diagnostic>,
) -> Option<Placed<T>> {
    mistakes.take(read(node)).map(|value| Placed::new(value, &node.span))
}

fn read_entries(nodes: &[Node], mistakes: &mut Mistakes) -> Vec<RealServerEntry> {
    nodes.iter().filter_map(|node| RealServerEntry::read(node, mistakes)).collect()
}

fn vip(node: &Node) -> Result<IpAddr, Diagnostic> {
    node.parse("an IP address")
        .map_err(|mistake| mistake.hint("such as `203.0.113.168` or `2001:db8::a8`, without a prefix"))
}

/// A port of a service or of a real server.
pub(super) fn port(node: &Node) -> Result<u16, Diagnostic> {
    node.as_number("a port from 0 to 65535").map_err(|mistake| mistake.hint("a port is a number, such as `80`"))
}

fn protocol(node: &Node) -> Result<Protocol, Diagnostic> {
    match node.as_str()? {
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Udp),
        "sctp" => Ok(Protocol::Sctp),
        // The kernel would take any number, and then never see a packet of it.
        other => Err(node.wrong_value(format!("unknown protocol `{other}`")).hint("one of tcp, udp, sctp")),
    }
}

fn scheduler(node: &Node) -> Result<Scheduler, Diagnostic> {
    let name = node.as_str()?;
    Scheduler::from_str(name).map_err(|error| {
        let names: Vec<_> = Scheduler::ALL.iter().map(Scheduler::name).collect();
        let hint = match did_you_mean(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? All of them: {}", names.join(", ")),
            None => format!("one of {}", names.join(", ")),
        };
        Diagnostic::new(Code::UnknownScheduler, error.to_string(), &node.span, "").hint(hint)
    })
}

fn forward(node: &Node) -> Result<Forwarding, Diagnostic> {
    match node.as_str()? {
        "nat" => Ok(Forwarding::Nat),
        "dr" => Ok(Forwarding::DirectRouting),
        "tun" => Ok(Forwarding::Tunnel(TunnelKind::Ipip)),
        other => Err(Diagnostic::new(
            Code::UnknownForwarding,
            format!("unknown forwarding method `{other}`"),
            &node.span,
            "",
        )
        .hint("one of nat (masquerading), dr (direct routing), tun (tunnelling)")),
    }
}

fn every_port_needs_persistence(span: &Span) -> Diagnostic {
    Diagnostic::new(Code::BadPersistence, "port 0 is every port, and needs persistence", span, "")
        .hint("add `persistence: 300`, or name the port")
}
