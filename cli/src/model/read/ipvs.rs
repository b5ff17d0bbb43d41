//! What a director's kernel is told beside its services: `lvs_timeouts`, `lvs_sync`, `lvs_ipvs_sysctls` and
//! `lvs_conn_tab_bits`.

use lvs_agent::state::Timeouts;

use super::{SyncSpec, persistence::MAX_TIMEOUT, sync, sysctls};
use crate::{
    inventory::Host,
    model::Mistakes,
    source::{Code, Diagnostic},
    yaml::{Fields, Node},
};

/// The variables of this part, without their prefix `lvs_`.
pub(super) const VARIABLES: [&str; 4] = ["timeouts", "sync", "ipvs_sysctls", "conn_tab_bits"];

/// What a director's kernel is told beside its services.
#[derive(Clone, Debug)]
pub(crate) struct IpvsSpec {
    /// How long idle connections are kept.
    pub(crate) timeouts: Option<Timeouts>,
    /// The sync daemons; nothing leaves those that run alone.
    pub(crate) sync: Option<Vec<SyncSpec>>,
    /// Names below `net.ipv4.vs`, with their values.
    pub(crate) sysctls: Vec<(String, String)>,
    /// The size of the connection table, as a power of two.
    pub(crate) conn_tab_bits: Option<u8>,
}

impl IpvsSpec {
    /// Reads the variables of a host; what is wrong is left out.
    pub(super) fn read(host: &Host, mistakes: &mut Mistakes) -> Self {
        let get = |name: &str| host.vars.get(name).filter(|node| !node.is_null());
        Self {
            timeouts: get("lvs_timeouts").and_then(|node| timeouts(node, mistakes)),
            sync: get("lvs_sync").map(|node| sync::read(node, mistakes)),
            sysctls: get("lvs_ipvs_sysctls").map(|node| sysctls::read(node, mistakes)).unwrap_or_default(),
            conn_tab_bits: get("lvs_conn_tab_bits").and_then(|node| mistakes.take(conn_tab_bits(node))),
        }
    }
}

fn timeouts(node: &Node, mistakes: &mut Mistakes) -> Option<Timeouts> {
    let mut fields = mistakes.take(Fields::new("timeouts", node))?;
    let mut seconds = |name| {
        let node = fields.optional(name)?;
        mistakes.take(seconds(node))
    };
    let timeouts = Timeouts { tcp: seconds("tcp"), tcp_fin: seconds("tcpfin"), udp: seconds("udp") };
    mistakes.take(fields.finish());
    Some(timeouts).filter(|timeouts| !timeouts.is_empty())
}

/// The kernel takes 0 for "as it is", and no more than `INT_MAX / HZ` (`ip_vs_set_timeout`).
fn seconds(node: &Node) -> Result<u32, Diagnostic> {
    let seconds = node.as_int().map_err(|_| node.wrong_type("a number of seconds"))?;
    u32::try_from(seconds).ok().filter(|seconds| (1..=MAX_TIMEOUT).contains(seconds)).ok_or_else(|| {
        Diagnostic::new(Code::BadIpvsSetting, format!("a timeout of {seconds} seconds cannot be"), &node.span, "")
            .hint(format!("from 1 to {MAX_TIMEOUT}; leave it out to leave it as it is"))
    })
}

/// Bounds of `ip_vs_conn_init`; outside of them the kernel silently takes its default.
fn conn_tab_bits(node: &Node) -> Result<u8, Diagnostic> {
    let bits = node.as_int().map_err(|_| node.wrong_type("a number from 8 to 27"))?;
    u8::try_from(bits).ok().filter(|bits| (8..=27).contains(bits)).ok_or_else(|| {
        Diagnostic::new(Code::BadIpvsSetting, format!("a connection table of 2^{bits} rows cannot be"), &node.span, "")
            .hint("from 8 to 27; 12, which is 4096 rows, is the kernel's own")
    })
}
