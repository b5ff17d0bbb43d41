//! `lvs_teardown`: takes back everything that lvsctl made on the node for one purpose, wanted or not.

use lvs_agent::state::{Prune, Resource, UNTAGGED};

use super::{Context, Stage, Wanted, arguments::Arguments};

/// The arguments of `lvs_teardown`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LvsTeardown {
    /// What it was made for; `None` is the tasks that belong to no role.
    pub(crate) part: Option<Stage>,
}

impl LvsTeardown {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let part = from.choice(
            &["part"],
            &[
                ("director", Some(Stage::Director)),
                ("real_server", Some(Stage::RealServer)),
                ("task", None),
                ("network", Some(Stage::Network)),
            ],
        );
        if !from.has(&["part"]) {
            from.missing("part");
        }
        Self { part: part.flatten() }
    }

    pub(super) fn expand(&self, context: &Context<'_>) -> Vec<Wanted> {
        let tag = self.part.map_or(UNTAGGED, Stage::tag).to_owned();
        let prune = Prune { tag, keep: Vec::new(), drain_seconds: context.node.drain_seconds };
        vec![Wanted::plain(Resource::Prune(prune))]
    }
}
