//! What a director's kernel is told beside its services: `lvs_ipvs_sysctls`, `lvs_conn_tab_bits`.

use super::sysctls;
use crate::{
    inventory::Host,
    model::Mistakes,
    source::{Code, Diagnostic},
    yaml::Node,
};

/// The variables of this part, without their prefix `lvs_`.
pub(super) const VARIABLES: [&str; 2] = ["ipvs_sysctls", "conn_tab_bits"];

/// What a director's kernel is told beside its services.
#[derive(Clone, Debug)]
pub(crate) struct IpvsSpec {
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
            sysctls: get("lvs_ipvs_sysctls").map(|node| sysctls::read(node, mistakes)).unwrap_or_default(),
            conn_tab_bits: get("lvs_conn_tab_bits").and_then(|node| mistakes.take(conn_tab_bits(node))),
        }
    }
}

/// Bounds of `ip_vs_conn_init`; outside of them the kernel silently takes its default.
fn conn_tab_bits(node: &Node) -> Result<u8, Diagnostic> {
    let bits = node.as_int().map_err(|_| node.wrong_type("a number from 8 to 27"))?;
    u8::try_from(bits).ok().filter(|bits| (8..=27).contains(bits)).ok_or_else(|| {
        Diagnostic::new(Code::BadIpvsSetting, format!("a connection table of 2^{bits} rows cannot be"), &node.span, "")
            .hint("from 8 to 27; 12, which is 4096 rows, is the kernel's own")
    })
}
