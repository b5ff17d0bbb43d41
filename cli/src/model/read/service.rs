//! An item of `lvs_services`: one virtual service as the user wrote it.

use ipnet::IpNet;
use lvs_agent::state::{Forwarding, Persistence, Scheduler, ServiceFlags, ServiceKey, TunnelKind};

use super::{KeySpec, RealServerEntry, check, flags, persistence, scheduler, tunnel};
use crate::{
    model::{Check, Mistakes, Placed},
    source::{Code, Diagnostic, Span},
    yaml::{Fields, Node},
};

/// The group of directors where a service names none.
const DEFAULT_DIRECTORS: &str = "directors";

/// A virtual service as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSpec {
    pub(crate) name: Placed<String>,
    pub(crate) key: KeySpec,
    pub(crate) scheduler: Placed<Scheduler>,
    pub(crate) flags: ServiceFlags,
    pub(crate) forward: Placed<Forwarding>,
    pub(crate) persistence: Option<Persistence>,
    pub(crate) persistence_engine: Option<String>,
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
        let key = KeySpec::read(&mut fields, mistakes);
        let scheduler = fields.optional("scheduler").and_then(|node| placed(node, mistakes, scheduler::read));
        let mut forward = required(&mut fields, "forward", mistakes, forward);
        let tunnel = fields.optional("tunnel").and_then(|node| mistakes.take(tunnel::read(node, forward.as_ref())));
        if let (Some(forward), Some(kind)) = (&mut forward, tunnel) {
            forward.value = Forwarding::Tunnel(kind);
        }
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
        let protocol = key.as_ref().map(|key| key.protocol).unwrap_or_default();
        let flags = flags::read(&mut fields, scheduler.as_ref(), protocol, mistakes);
        let ipv6 = key.as_ref().is_some_and(|key| key.key.is_ipv6());
        let persistence_node = fields.optional("persistence");
        let kept = persistence_node.and_then(|node| mistakes.take(persistence::read(node, ipv6, protocol)));
        mistakes.take(fields.finish());

        let (key, forward, real_servers) = (key?, forward?, real_servers?);
        if let (ServiceKey::Address { port: 0, .. }, None) = (key.key, persistence_node) {
            mistakes.error(every_port_needs_persistence(&key.ports[0].span));
        }
        Some(Self {
            name: name.unwrap_or_else(|| Placed::new(key.key.to_string(), &key.span)),
            scheduler: scheduler.unwrap_or_else(|| Placed::new(Scheduler::WeightedLeastConnection, &node.span)),
            directors: directors.unwrap_or_else(|| Placed::new(DEFAULT_DIRECTORS.to_owned(), &key.span)),
            check: check.unwrap_or_default(),
            span: node.span.clone(),
            key,
            flags,
            forward,
            persistence: kept.as_ref().map(|(persistence, _)| *persistence),
            persistence_engine: kept.and_then(|(_, engine)| engine),
            real_servers,
            real_network,
            vip_device,
        })
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

/// The forwarding methods by their names.
pub(super) const FORWARDS: [(&str, Forwarding); 3] =
    [("nat", Forwarding::Nat), ("dr", Forwarding::DirectRouting), ("tun", Forwarding::Tunnel(TunnelKind::Ipip))];

fn forward(node: &Node) -> Result<Forwarding, Diagnostic> {
    let name = node.as_str()?;
    FORWARDS.iter().find(|(known, _)| *known == name).map(|(_, forward)| *forward).ok_or_else(|| {
        let title = format!("unknown forwarding method `{name}`");
        Diagnostic::new(Code::UnknownForwarding, title, &node.span, "")
            .hint("one of nat (masquerading), dr (direct routing), tun (tunnelling)")
    })
}

fn every_port_needs_persistence(span: &Span) -> Diagnostic {
    Diagnostic::new(Code::BadPersistence, "port 0 is every port, and needs persistence", span, "")
        .hint("add `persistence: 300`, or name the port")
}
