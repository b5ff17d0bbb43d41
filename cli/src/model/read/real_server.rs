//! An entry of `real_servers`: a host, or all hosts of a group.

use std::net::IpAddr;

use lvs_agent::state::Weight;

use super::key::port;
use crate::{
    model::{Mistakes, Placed},
    source::{Code, Diagnostic},
    yaml::{Fields, Node},
};

/// Largest threshold that all kernels take (`INT_MAX`).
const MAX_THRESHOLD: u32 = 0x7fff_ffff;

/// An entry of `real_servers`. What it leaves out, a host takes from its group's entry, and that from the defaults.
#[derive(Clone, Debug)]
pub(crate) struct RealServerEntry {
    /// Whom it is about; the place is that of the name.
    pub(crate) who: Placed<Who>,
    pub(crate) weight: Option<Placed<Weight>>,
    pub(crate) port: Option<Placed<u16>>,
    pub(crate) address: Option<Placed<IpAddr>>,
    pub(crate) upper_threshold: Option<Placed<u32>>,
    pub(crate) lower_threshold: Option<Placed<u32>>,
}

/// Whom an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Host(String),
    Group(String),
}

impl RealServerEntry {
    /// Reads an entry.
    pub(super) fn read(node: &Node, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = mistakes.take(Fields::new("real server", node))?;
        let who = mistakes.take(who(node, &mut fields));
        let port = fields
            .optional("port")
            .and_then(|node| mistakes.take(port(node)).map(|value| Placed::new(value, &node.span)));
        let mut threshold = |name| {
            let node = fields.optional(name)?;
            mistakes.take(threshold(node)).map(|value| Placed::new(value, &node.span))
        };
        let upper_threshold = threshold("upper_threshold");
        let lower_threshold = threshold("lower_threshold");
        let weight = fields
            .optional("weight")
            .and_then(|node| mistakes.take(weight(node)).map(|value| Placed::new(value, &node.span)));
        let address = fields
            .optional("address")
            .and_then(|node| mistakes.take(real_address(node)).map(|value| Placed::new(value, &node.span)));
        mistakes.take(fields.finish());
        let who = who?;
        if let (Who::Group(_), Some(address)) = (&who.value, &address) {
            mistakes.error(
                Diagnostic::new(Code::WrongValue, "a group cannot have one address", &address.span, "")
                    .also(&who.span, "all hosts of this group")
                    .hint("give `address` in entries with `host`, or set `lvs_rip` for each host"),
            );
        }
        Some(Self { who, weight, port, address, upper_threshold, lower_threshold })
    }
}

fn who(node: &Node, fields: &mut Fields) -> Result<Placed<Who>, Diagnostic> {
    match (fields.optional("host"), fields.optional("group")) {
        (Some(host), None) => Ok(Placed::new(Who::Host(host.to_text()?), &host.span)),
        (None, Some(group)) => Ok(Placed::new(Who::Group(group.to_text()?), &group.span)),
        (Some(host), Some(group)) => {
            Err(Diagnostic::new(Code::WrongValue, "a real server is a host or a group, not both", &group.span, "")
                .also(&host.span, "")
                .hint("make two entries of it; the host's own entry overrides its group's"))
        }
        (None, None) => {
            Err(Diagnostic::new(Code::MissingKey, "the real server has neither `host` nor `group`", &node.span, "")
                .hint("add `host: …` or `group: …`"))
        }
    }
}

/// The kernel takes any number from 0 as a weight; ipvsadm(8) documents 0 to 65535.
fn weight(node: &Node) -> Result<Weight, Diagnostic> {
    let weight = node.as_int().map_err(|_| node.wrong_type("a weight from 0 to 65535"))?;
    u16::try_from(weight).map(Weight).map_err(|_| {
        Diagnostic::new(Code::BadWeight, format!("{weight} is not a weight"), &node.span, "")
            .hint("a weight is from 0 to 65535; 0 sends no new connections")
    })
}

fn threshold(node: &Node) -> Result<u32, Diagnostic> {
    let number = node.as_int().map_err(|_| node.wrong_type("a number of connections"))?;
    u32::try_from(number).ok().filter(|&number| number <= MAX_THRESHOLD).ok_or_else(|| {
        Diagnostic::new(Code::BadThreshold, format!("{number} is not a number of connections"), &node.span, "")
            .hint(format!("from 0 to {MAX_THRESHOLD}; an upper threshold of 0 is no limit"))
    })
}

/// An address that a director can send to. The kernel says only "invalid argument" to others (`ip_vs_new_dest`), and
/// takes a loopback address for itself.
pub(super) fn real_address(node: &Node) -> Result<IpAddr, Diagnostic> {
    let address: IpAddr = node.parse("an IP address")?;
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    if address.is_unspecified() || address.is_multicast() || address.is_loopback() || broadcast {
        return Err(node
            .wrong_value(format!("{address} cannot be a real server's address"))
            .hint("the address of one other machine, such as `192.168.0.1`"));
    }
    Ok(address)
}
