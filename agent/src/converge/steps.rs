//! The steps of a resource's way without its type: the way itself is in the agent once, and not once for each kind.

use super::Converge;
use crate::{
    process::Output,
    state::Resource,
    wire::{Change, Failure, Values},
};

/// The steps of a resource's way. Each answers of what was found, and once it was looked again of what is there now.
pub(super) trait Steps {
    /// Looks at the node; a second time after something was made.
    fn look(&mut self) -> Result<(), Failure>;

    fn diff(&self) -> Vec<Change>;

    fn undo(&self) -> Vec<Resource>;

    fn apply(&self, output: &mut Output<'_>) -> Result<(), Failure>;

    fn verify(&self) -> Vec<Change>;

    fn result(&self) -> Values;
}

/// A resource with what has been seen of it.
#[derive(Debug)]
pub(super) struct Way<'a, R: Converge> {
    resource: &'a R,
    found: Option<R::Live>,
    now: Option<R::Live>,
}

impl<'a, R: Converge> Way<'a, R> {
    pub(super) fn new(resource: &'a R) -> Self {
        Self { resource, found: None, now: None }
    }

    /// The last that was seen.
    fn live(&self) -> Option<&R::Live> {
        self.now.as_ref().or(self.found.as_ref())
    }
}

impl<R: Converge> Steps for Way<'_, R> {
    fn look(&mut self) -> Result<(), Failure> {
        let live = Some(self.resource.query()?);
        if self.found.is_none() {
            self.found = live;
        } else {
            self.now = live;
        }
        Ok(())
    }

    fn diff(&self) -> Vec<Change> {
        self.live().map(|live| self.resource.diff(live)).unwrap_or_default()
    }

    fn undo(&self) -> Vec<Resource> {
        self.live().map(|live| self.resource.undo(live)).unwrap_or_default()
    }

    fn apply(&self, output: &mut Output<'_>) -> Result<(), Failure> {
        self.live().map_or(Ok(()), |live| self.resource.apply(live, output))
    }

    fn verify(&self) -> Vec<Change> {
        self.live().map(|live| self.resource.verify(live)).unwrap_or_default()
    }

    fn result(&self) -> Values {
        let seen = self.found.as_ref().zip(self.live());
        seen.map(|(found, live)| self.resource.result(found, live)).unwrap_or_default()
    }
}
