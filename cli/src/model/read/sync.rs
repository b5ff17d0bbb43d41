//! `lvs_sync`: the sync daemons of a director.
//!
//! Bounds are those of `ip_vs_genl_new_daemon` and `start_sync_thread`, which partly cut a number to size in silence.

use std::net::IpAddr;

use lvs_agent::state::{SyncDaemon, SyncRole};

use crate::{
    model::{Mistakes, Placed},
    source::{Code, Diagnostic},
    yaml::{Fields, Node},
};

/// A sync daemon with the place of its device.
#[derive(Clone, Debug)]
pub(crate) struct SyncSpec {
    pub(crate) daemon: SyncDaemon,
    /// Its device.
    pub(crate) interface: Placed<String>,
}

/// Reads the list.
pub(super) fn read(node: &Node, mistakes: &mut Mistakes) -> Vec<SyncSpec> {
    let mut list: Vec<SyncSpec> = Vec::new();
    for node in node.as_list_or_one() {
        let Some(daemon) = daemon(node, mistakes) else { continue };
        match list.iter().find(|other| other.daemon.role == daemon.daemon.role) {
            Some(other) => mistakes.error(
                Diagnostic::new(Code::BadSync, format!("a second {}", daemon.daemon.role), &daemon.interface.span, "")
                    .also(&other.interface.span, "the first")
                    .hint("a director runs one daemon of each role at most"),
            ),
            None => list.push(daemon),
        }
    }
    list
}

fn daemon(node: &Node, mistakes: &mut Mistakes) -> Option<SyncSpec> {
    let mut fields = mistakes.take(Fields::new("sync daemon", node))?;
    let role = mistakes.take(fields.required("role").and_then(role));
    let interface = mistakes.take(fields.required("interface"));
    let interface = interface.and_then(|node| mistakes.take(node.to_text()).map(|name| Placed::new(name, &node.span)));
    let mut daemon = SyncDaemon::new(SyncRole::Master, "");
    if let Some(group) = fields.optional("group").and_then(|node| mistakes.take(group(node))) {
        daemon.group = group;
    }
    let mut number = |name, least, most| {
        let node = fields.optional(name)?;
        mistakes.take(number(node, name, least, most))
    };
    // What is left of an IP packet beside the headers of IP and UDP.
    let longest = u16::MAX - if daemon.group.is_ipv6() { 48 } else { 28 };
    daemon.sync_id = number("id", 0, 255).and_then(|id| u8::try_from(id).ok()).unwrap_or(daemon.sync_id);
    daemon.max_len = number("max_len", 1, longest);
    daemon.port = number("port", 1, u16::MAX).unwrap_or(daemon.port);
    daemon.ttl = number("ttl", 1, 255).and_then(|ttl| u8::try_from(ttl).ok()).unwrap_or(daemon.ttl);
    mistakes.take(fields.finish());
    let (role, interface) = (role?, interface?);
    daemon.role = role;
    daemon.interface.clone_from(&interface.value);
    Some(SyncSpec { daemon, interface })
}

fn role(node: &Node) -> Result<SyncRole, Diagnostic> {
    match node.as_str()? {
        "master" => Ok(SyncRole::Master),
        "backup" => Ok(SyncRole::Backup),
        other => Err(node
            .wrong_value(format!("unknown role `{other}`"))
            .hint("`master` tells of connections, `backup` hears of them")),
    }
}

fn group(node: &Node) -> Result<IpAddr, Diagnostic> {
    let group: IpAddr = node.parse("a multicast address")?;
    if group.is_multicast() {
        return Ok(group);
    }
    Err(Diagnostic::new(Code::BadSync, format!("{group} is not a multicast address"), &node.span, "")
        .hint("such as 224.0.0.81, the kernel's own, or ff02::81"))
}

fn number(node: &Node, name: &str, least: u16, most: u16) -> Result<u16, Diagnostic> {
    let number = node.as_int().map_err(|_| node.wrong_type("a whole number"))?;
    u16::try_from(number).ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        Diagnostic::new(Code::BadSync, format!("`{name}` cannot be {number}"), &node.span, "")
            .hint(format!("from {least} to {most}"))
    })
}
