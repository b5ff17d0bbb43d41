//! `lvs_network`: the node's own devices, addresses and routes, now and after a boot.
//!
//! The files that a boot reads come first, then the running state, through netlink. Networking is never restarted: a
//! restart drops connections, and a VIP with them.

use super::{Context, Stage, Wanted, boot, network_files};
use crate::source::Diagnostics;

/// What it wants of a node.
pub(super) fn expand(files: bool, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
    let mut resources = if files { network_files::of_interfaces(context)? } else { Vec::new() };
    resources.extend_from_slice(&context.node.network);
    if files {
        resources.extend(boot::of(Stage::Network, context));
    }
    Ok(resources.into_iter().map(|resource| Wanted { stage: Some(Stage::Network), resource }).collect())
}
