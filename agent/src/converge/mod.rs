//! Bringing a resource to its desired state: one path for every kind of it.

mod account;
mod apt;
mod command;
mod engine;
mod file;
mod kernel_module;
mod line_file;
mod look;
mod package;
mod package_lock;
mod prune;
mod revert;
mod rpm_and_others;
mod steps;
mod sysctl;
mod system_service;
mod text_edit;
mod transfer;
mod unclaimed;
mod wait_for;

pub(crate) use engine::Engine;
pub(crate) use revert::TakenBack;

/// One kind of resource and how it is brought to its desired state.
///
/// The engine alone walks the path: `query`, `diff` (check mode stops here), journal with `undo`, `apply`, `query`
/// again, and `verify`, which must be empty.
pub trait Converge {
    /// What is on the node now.
    type Live;

    /// Reads what is on the node now. Changes nothing.
    fn query(&self) -> Result<Self::Live, crate::wire::Failure>;

    /// What differs. Pure.
    fn diff(&self, live: &Self::Live) -> Vec<crate::wire::Change>;

    /// Makes the difference go away. `output` takes the lines of a command as they come, and what
    /// there is to say of a long wait.
    fn apply(
        &self,
        live: &Self::Live,
        output: &mut dyn FnMut(crate::wire::Stream, &str),
    ) -> Result<(), crate::wire::Failure>;

    /// The resources that, applied in order, put `live` back. Pure. Empty where there is nothing to take back.
    fn undo(&self, live: &Self::Live) -> Vec<crate::state::Resource>;

    /// What the module returns besides, under Ansible's names. Pure, but for what an action remembers of itself. `found`
    /// is what was there at first, `live` what is there now; where nothing was made they are the same.
    fn result(&self, _found: &Self::Live, _live: &Self::Live) -> crate::wire::Values {
        crate::wire::Values::new()
    }

    /// What still differs after `apply`. Pure. The same as [`Self::diff`], but for what is an action and no state: a
    /// restart or a command is due whenever it is asked for, and done once it has been carried out.
    fn verify(&self, live: &Self::Live) -> Vec<crate::wire::Change> {
        self.diff(live)
    }
}

/// A resource on its node, for kinds that need to know where the node's files are.
#[derive(Debug)]
pub(crate) struct On<'a, R> {
    pub(crate) node: &'a crate::node::Node,
    pub(crate) resource: &'a R,
}

impl<R> Clone for On<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for On<'_, R> {}

#[cfg(test)]
mod test {
    //! Walking the path by hand, as the engine does.

    use super::Converge;
    use crate::wire::{Change, Failure};

    /// Brings a resource to its state, checks that it stays there, and returns what was changed.
    pub(super) fn converge<C: Converge>(resource: &C) -> Result<Vec<Change>, Failure> {
        let live = resource.query()?;
        let changes = resource.diff(&live);
        if !changes.is_empty() {
            resource.apply(&live, &mut |_, _| ())?;
            assert_eq!(resource.verify(&resource.query()?), [], "it reads back different");
        }
        Ok(changes)
    }

    /// The changes as a person sees them.
    pub(super) fn shown(changes: &[Change]) -> Vec<String> {
        changes.iter().map(ToString::to_string).collect()
    }
}
