//! `lvs_revert`: takes back what a run did on the node.

use lvs_agent::state::{Resource, Revert, RevertPart};

use super::{Wanted, arguments::Arguments};

/// The arguments of `lvs_revert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LvsRevert(Revert);

impl LvsRevert {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let parts = &[("all", RevertPart::All), ("leaving", RevertPart::Leaving), ("made", RevertPart::Made)];
        let part = from.choice(&["part"], parts).unwrap_or_default();
        if !from.has(&["run"]) {
            from.missing("run");
        }
        Self(Revert { run: from.text(&["run"]).unwrap_or_default(), part })
    }

    pub(super) fn expand(self) -> Vec<Wanted> {
        vec![Wanted::plain(Resource::Revert(self.0))]
    }
}
