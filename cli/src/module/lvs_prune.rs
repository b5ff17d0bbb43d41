//! `lvs_prune`: takes back what a role made on the node and no longer wants.

use lvs_agent::state::{Prune, Resource};

use super::{BootFiles, Context, Stage, Wanted, arguments::Arguments, boot, network_files};
use crate::source::Diagnostics;

/// The arguments of `lvs_prune`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LvsPrune {
    /// The role whose leftovers go. [`Stage::Network`] is not among them: taking away an address that a node was once
    /// given could cut it off.
    pub(crate) role: Stage,
}

impl LvsPrune {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let role = from.choice(&["role"], &[("real_server", Stage::RealServer), ("director", Stage::Director)]);
        if !from.has(&["role"]) {
            from.missing("role");
        }
        Self { role: role.unwrap_or(Stage::RealServer) }
    }

    /// A node that does not have the role keeps nothing of it.
    pub(super) fn expand(&self, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
        let mut keep = context.node.resource_ids();
        for role in [Stage::RealServer, Stage::Director] {
            keep.extend(network_files::of_vips(role, BootFiles::TakeOver, context)?.iter().map(Resource::id));
        }
        for stage in [Stage::Network, Stage::RealServer, Stage::Director] {
            keep.extend(boot::of(stage, context).iter().map(Resource::id));
        }
        let prune = Prune { tag: self.role.tag().to_owned(), keep, drain_seconds: context.node.drain_seconds };
        Ok(vec![Wanted::plain(Resource::Prune(prune))])
    }
}
