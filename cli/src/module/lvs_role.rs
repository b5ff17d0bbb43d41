//! `lvs_real_server` and `lvs_director`: what the cluster model wants of a node in a role.
//!
//! All knowledge of LVS stands in the model; here its resources only get their ownership tag, and the VIPs a file that
//! a boot reads.

use super::{BootFiles, Context, Stage, Wanted, boot, network_files};
use crate::source::Diagnostics;

/// What a role wants of a node; nothing of a node that does not have it.
pub(super) fn expand(role: Stage, files: BootFiles, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
    let mut resources = role.of(context.node).to_vec();
    if files != BootFiles::None {
        // Last, so that a boot never gives the node a VIP for which it was not made silent.
        resources.extend(network_files::of_vips(role, files, context)?);
    }
    let owned = resources.into_iter().map(|resource| Wanted::staged(role, resource));
    let boot = if files == BootFiles::None { Vec::new() } else { boot::wanted(role, context) };
    Ok(owned.chain(boot).collect())
}
