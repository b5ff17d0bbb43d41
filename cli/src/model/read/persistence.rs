//! `persistence`: seconds, or `{timeout: 300, prefix: 24, engine: sip}`.
//!
//! Bounds are the kernel's (`ip_vs_genl_set_cmd`): it takes a timeout up to `INT_MAX / HZ`, and for IPv6 a prefix from
//! 1 to 128; for IPv4 it takes any mask, of which 0 would make one client of all.

use lvs_agent::state::{Persistence, Protocol};

use crate::{
    source::{Code, Diagnostic},
    yaml::{Fields, Node, Value},
};

/// Seconds where only a prefix is given; ipvsadm's default for `-p`.
const DEFAULT_TIMEOUT: u32 = 300;

/// `INT_MAX / HZ` with the largest `HZ` that kernels are built with, 1000.
pub(super) const MAX_TIMEOUT: u32 = 2_147_483;

/// Persistence, and the name of the engine that looks into the packets.
pub(super) type Kept = (Persistence, Option<String>);

/// Reads `persistence` of a service with such a key.
pub(super) fn read(node: &Node, ipv6: bool, protocol: Protocol) -> Result<Kept, Diagnostic> {
    let longest = if ipv6 { 128 } else { 32 };
    let Value::Map(_) = node.value else {
        return Ok((Persistence { timeout_seconds: timeout(node)?, prefix: longest }, None));
    };
    let mut fields = Fields::new("persistence", node)?;
    let timeout_seconds = fields.optional("timeout").map_or(Ok(DEFAULT_TIMEOUT), timeout)?;
    let prefix = fields.optional("prefix").map_or(Ok(longest), |node| prefix(node, longest))?;
    let engine = fields.optional("engine").map(|node| engine(node, protocol)).transpose()?;
    fields.finish()?;
    Ok((Persistence { timeout_seconds, prefix }, engine))
}

/// The kernel has one engine, which reads SIP over UDP and nothing else (`ip_vs_sip_fill_param`).
fn engine(node: &Node, protocol: Protocol) -> Result<String, Diagnostic> {
    let name = node.as_str()?;
    if name != "sip" {
        let title = format!("unknown persistence engine `{name}`");
        return Err(Diagnostic::new(Code::BadPersistence, title, &node.span, "").hint("the kernel has `sip`"));
    }
    if protocol != Protocol::Udp {
        let title = format!("the persistence engine sip is for UDP, not for {protocol}");
        return Err(Diagnostic::new(Code::NotOfProtocol, title, &node.span, "")
            .hint("add `protocol: udp`, or leave `engine` out"));
    }
    Ok(name.to_owned())
}

fn timeout(node: &Node) -> Result<u32, Diagnostic> {
    let seconds = node.as_int().map_err(|_| node.wrong_type("a number of seconds"))?;
    u32::try_from(seconds).ok().filter(|seconds| (1..=MAX_TIMEOUT).contains(seconds)).ok_or_else(|| {
        Diagnostic::new(Code::BadPersistence, format!("{seconds} seconds of persistence cannot be"), &node.span, "")
            .hint(format!("from 1 to {MAX_TIMEOUT} seconds; leave `persistence` out to turn it off"))
    })
}

fn prefix(node: &Node, longest: u8) -> Result<u8, Diagnostic> {
    let prefix = node.as_int().map_err(|_| node.wrong_type("a prefix length"))?;
    u8::try_from(prefix).ok().filter(|prefix| (1..=longest).contains(prefix)).ok_or_else(|| {
        Diagnostic::new(Code::BadPersistence, format!("a prefix of {prefix} bits cannot be"), &node.span, "")
            .hint(format!("from 1 to {longest}; {longest} takes each client for itself"))
    })
}
