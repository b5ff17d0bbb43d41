//! `lvs_network`: the node's own devices, addresses and routes, now and after a boot.
//!
//! The files that a boot reads come first, then the running state, through netlink. Networking is never restarted: a
//! restart drops connections, and a VIP with them.

use super::{BootFiles, Context, Stage, Wanted, boot, network_files};
use crate::source::Diagnostics;

/// What it wants of a node.
pub(super) fn expand(files: BootFiles, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
    let mut resources = network_files::of_interfaces(files, context)?;
    resources.extend_from_slice(&context.node.network);
    let owned = resources.into_iter().map(|resource| Wanted::staged(Stage::Network, resource));
    let boot = if files == BootFiles::None { Vec::new() } else { boot::wanted(Stage::Network, context) };
    Ok(owned.chain(boot).collect())
}
