//! The one path that every resource goes: query, diff (check mode stops here), journal, apply, read back, verify.

use std::collections::BTreeSet;

use super::{
    Converge, On,
    command::Execution,
    look::look,
    prune,
    revert::revert,
    steps::{Steps, Way},
    text_edit::Editing,
    transfer::{Unpacking, uri},
    unclaimed::unclaimed,
    wait_for::wait_for,
};
use crate::{
    guard::Guard,
    ipvs::Director,
    node::{About, Journal, Node, Ownership, State},
    process::Output,
    state::{Command, IpvsTable, Resource, ResourceId, ServiceKey, UNTAGGED},
    wire::{Change, Failure, Mode, Outcome, Status, Step, Values},
};

/// Carries out the steps of a batch.
#[derive(Debug)]
pub(crate) struct Engine<'a, 'g> {
    pub(super) node: &'a Node,
    pub(super) mode: Mode,
    journal: &'a mut Journal,
    pub(super) ownership: Ownership,
    guard: &'a mut Guard<'g>,
    claims: bool,
}

/// What a resource is brought to its state for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work<'a> {
    pub(super) task: &'a str,
    pub(super) id: u64,
    /// Under which tag it is recorded as lvsctl's.
    pub(super) tag: Option<&'a str>,
    /// Nothing of it may be in a log.
    pub(super) is_secret: bool,
    /// It is being taken back.
    pub(super) is_undo: bool,
    /// The resource, once it is known which.
    pub(super) resource: Option<&'a Resource>,
}

/// Why a resource was not brought to its state, and what was changed nevertheless.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) made: Made,
    pub(super) failure: Box<Failure>,
}

/// What was changed, and what the module returns besides.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) changes: Vec<Change>,
    pub(super) result: Values,
}

impl From<Vec<Change>> for Made {
    fn from(changes: Vec<Change>) -> Self {
        Self { changes, result: Values::new() }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self { made: Made::default(), failure: Box::new(failure) }
    }
}

impl<'a, 'g> Engine<'a, 'g> {
    /// An engine for one batch.
    pub(crate) fn new(
        node: &'a Node,
        mode: Mode,
        journal: &'a mut Journal,
        guard: &'a mut Guard<'g>,
    ) -> Result<Self, Failure> {
        Ok(Self { node, mode, journal, ownership: Ownership::load(&node.folder)?, guard, claims: true })
    }

    /// What it makes becomes nobody's: it restores what a run has made, and claimed.
    pub(crate) fn without_claims(self) -> Self {
        Self { claims: false, ..self }
    }

    /// The node that it is for.
    pub(crate) fn node(&self) -> &'a Node {
        self.node
    }

    /// Who guards the run.
    pub(crate) fn guard(&mut self) -> &mut Guard<'g> {
        self.guard
    }

    /// Brings a step's resource to its state. A failure is an outcome, too.
    pub(crate) fn step(&mut self, step: &Step, output: &mut Output<'_>) -> Outcome {
        let work = Work {
            task: &step.task,
            id: step.id,
            tag: step.tag.as_deref(),
            is_secret: step.sensitive,
            is_undo: false,
            resource: None,
        };
        self.node.root.environment.replace(step.environment.clone());
        let done = self.converge(&step.resource, work, output).and_then(|made| {
            self.record(step)?;
            Ok(made)
        });
        match done {
            Ok(Made { changes, result }) => {
                let status = match self.mode {
                    _ if changes.is_empty() => Status::Unchanged,
                    Mode::Check => Status::WouldChange,
                    Mode::Apply => Status::Changed,
                };
                Outcome { status, changes, failure: None, result }
            }
            Err(Stopped { made: Made { changes, mut result }, failure }) => {
                result.extend(self.node.returned.take());
                Outcome { status: Status::Failed, changes, failure: Some(*failure), result }
            }
        }
    }

    /// Brings a resource to its state.
    pub(super) fn converge(
        &mut self,
        resource: &Resource,
        work: Work<'_>,
        output: &mut Output<'_>,
    ) -> Result<Made, Stopped> {
        let node = self.node;
        let id = resource.id();
        let work = Work { resource: Some(resource), ..work };
        node.returned.take();
        match resource {
            Resource::File(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::TextEdit(edit) => self.walk(&id, &Editing::new(node, edit), work, output),
            Resource::Look(wanted) => Ok(Made { changes: Vec::new(), result: look(node, wanted)? }),
            Resource::Package(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::PackageLists(resource) => {
                let Made { changes, result } = self.walk(&id, &On { node, resource }, work, output)?;
                Ok(Made { changes: if resource.counts_as_change { changes } else { Vec::new() }, result })
            }
            Resource::SystemService(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::Sysctl(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::User(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::Group(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::Hostname(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::KernelModule(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::Command(command @ Command { counts_as_change, .. }) => {
                let Made { changes, result } = self.walk(&id, &Execution::new(node, command), work, output)?;
                Ok(Made { changes: if *counts_as_change { changes } else { Vec::new() }, result })
            }
            Resource::Download(resource) => self.walk(&id, &On { node, resource }, work, output),
            Resource::Archive(archive) => self.walk(&id, &Unpacking::new(node, archive), work, output),
            Resource::Uri(wanted) => {
                // A request may change something elsewhere.
                let result = if self.mode == Mode::Apply { uri(node, wanted)? } else { Values::new() };
                Ok(Made { changes: Vec::new(), result })
            }
            Resource::WaitFor(wait) => {
                // In check mode what is waited for need not have been started.
                let result = if self.mode == Mode::Apply { wait_for(node, wait)? } else { Values::new() };
                Ok(Made { changes: Vec::new(), result })
            }
            Resource::Revert(it) => revert(self, it, output),
            Resource::Unclaimed(wanted) => Ok(unclaimed(node, &self.ownership, wanted).map(|()| Made::default())?),
            Resource::Prune(prune) => prune::prune(self, prune, work, output).map(Made::from),
            Resource::Link(link) => self.walk(&id, link, work, output),
            Resource::Address(address) => self.walk(&id, address, work, output),
            Resource::Route(route) => self.walk(&id, route, work, output),
            Resource::Ipvs(table) => self.ipvs(&id, table, work, output),
        }
    }

    /// The IPVS table, with the record of which services are lvsctl's: written before they are made, and narrowed to
    /// what is wanted once the others are gone. What is put back by an undo is not lvsctl's.
    fn ipvs(
        &mut self,
        id: &ResourceId,
        table: &IpvsTable,
        work: Work<'_>,
        output: &mut Output<'_>,
    ) -> Result<Made, Stopped> {
        let owned = self.ownership.services().clone();
        let services = table.services.iter().filter(|_| !work.is_undo);
        let wanted: BTreeSet<ServiceKey> = services.map(|service| service.key).collect();
        if self.mode == Mode::Apply {
            self.ownership.set_services(&owned | &wanted)?;
        }
        let made = self.walk(id, &Director { table: table.clone(), owned }, work, output)?;
        if self.mode == Mode::Apply {
            self.ownership.set_services(wanted)?;
        }
        Ok(made)
    }

    fn walk<R: Converge>(
        &mut self,
        id: &ResourceId,
        resource: &R,
        work: Work<'_>,
        output: &mut Output<'_>,
    ) -> Result<Made, Stopped> {
        self.go(id, &mut Way::new(resource), work, output)
    }

    fn go(
        &mut self,
        id: &ResourceId,
        steps: &mut dyn Steps,
        work: Work<'_>,
        output: &mut Output<'_>,
    ) -> Result<Made, Stopped> {
        steps.look()?;
        let changes = steps.diff();
        if changes.is_empty() || self.mode == Mode::Check {
            return Ok(Made { changes, result: self.result(steps) });
        }
        if let Some(resource) = work.resource {
            self.guard.before(resource)?;
        }
        let undo = steps.undo();
        let (task, is_secret, was_pruned) = (work.task, work.is_secret, work.is_undo);
        let about = About { task, id: work.id, resource: id, is_secret, was_pruned };
        self.journal.write(about, State::Begun { changes: &changes, undo: &undo })?;
        let was_owned = self.ownership.has(id);
        // What is taken back is nobody's.
        let tag = if work.is_undo || !self.claims { None } else { Some(work.tag.unwrap_or(UNTAGGED)) };
        if let Some(tag) = tag {
            self.ownership.claim(tag, id, &undo)?;
        }
        let applied = steps.apply(output);
        let read_back = steps.look();
        let failure = match (applied, &read_back) {
            (Ok(()), Ok(())) => match steps.verify().as_slice() {
                [] => {
                    self.journal.write(about, State::Done)?;
                    return Ok(Made { changes, result: self.result(steps) });
                }
                left => reads_back_different(id, left),
            },
            (Ok(()), Err(failure)) => failure.clone(),
            (Err(failure), _) => failure,
        };
        // A change without an end counts as half-way: on a disk that is full what came first is what the reader needs.
        let _ = self.journal.write(about, State::Failed { failure: &failure });
        // What still differs as it did has not been made.
        let left = if read_back.is_ok() { steps.diff() } else { Vec::new() };
        let changes: Vec<Change> = changes.into_iter().filter(|change| !left.contains(change)).collect();
        if changes.is_empty() && !was_owned {
            self.ownership.forget(id)?;
        }
        Err(Stopped { made: Made { changes, result: self.result(steps) }, failure: Box::new(failure) })
    }

    /// What a resource returns, with what was said while it was made.
    fn result(&self, steps: &dyn Steps) -> Values {
        let mut values = steps.result();
        values.extend(self.node.returned.take());
        values
    }

    /// After a step: what is wanted has the tag of who wants it, and what is not wanted is nobody's.
    fn record(&mut self, step: &Step) -> Result<(), Failure> {
        let id = step.resource.id();
        match (self.mode, step.resource.is_wanted(), &step.tag) {
            (Mode::Apply, true, Some(tag)) => self.ownership.retag(tag, &id),
            (Mode::Apply, false, _) => self.ownership.forget_made(&id),
            _ => Ok(()),
        }
    }
}

fn reads_back_different(id: &ResourceId, left: &[Change]) -> Failure {
    let left: Vec<String> = left.iter().map(ToString::to_string).collect();
    Failure::new(format!("bring {id} to its state"), format!("it reads back different:\n{}", left.join("\n")))
        .with_hint("something on the node changes it back, or refuses it without an error")
}

#[cfg(test)]
mod tests;
