//! Taking back a run, each change through the same path as any other resource.

use super::engine::{Engine, Made, Stopped, Work};
use crate::{
    node::{Journal, Ownership, Past},
    process::Output,
    state::{File, Resource, Revert, RevertPart},
    wire::{Change, Failure, Mode, Stream, is_run_name},
};

/// What a reader of a plan sees before each change: why it is made.
const PREFIX: &str = "taken back: ";

/// What came of taking something back.
#[derive(Debug, Default)]
pub(crate) struct TakenBack {
    pub(crate) changes: Vec<Change>,
    /// What could not be taken back.
    pub(crate) failures: Vec<Failure>,
    /// What was run and has no inverse.
    pub(crate) left: Vec<String>,
}

impl Engine<'_, '_> {
    /// Takes back the changes of a run, the newest first. What cannot be taken back does not keep the rest from it.
    pub(crate) fn take_back_run(&mut self, run: &Past, part: RevertPart, output: &mut Output<'_>) -> TakenBack {
        let mut taken = TakenBack::default();
        for entry in run.entries.iter().rev().filter(|entry| is_meant(part, entry.was_pruned)) {
            let undo = entry.undo();
            if undo.is_empty() {
                taken.left.push(entry.resource.to_string());
            }
            for undo in undo {
                match undo {
                    Ok(resource) => self.take_back(&entry.task, entry.id, &resource, &mut taken, output),
                    Err(failure) => taken.failures.push(failure),
                }
            }
        }
        taken
    }

    /// Brings a resource back to its former state.
    pub(crate) fn take_back(
        &mut self,
        task: &str,
        id: u64,
        resource: &Resource,
        taken: &mut TakenBack,
        output: &mut Output<'_>,
    ) {
        let is_secret = matches!(resource, Resource::File(File { sensitive: true, .. }));
        let work = Work { task, id, tag: None, is_secret, is_undo: true, resource: None };
        match self.converge(resource, work, output) {
            Ok(made) => taken.changes.extend(made.changes),
            Err(Stopped { made, failure }) => {
                taken.changes.extend(made.changes);
                taken.failures.push(*failure);
            }
        }
    }

    /// What the run claimed is lvsctl's no more, and the run is over.
    pub(crate) fn settle(&mut self, run: &str) -> Result<(), Failure> {
        let folder = &self.node.folder;
        Ownership::put_back(folder, run)?;
        self.ownership = Ownership::load(folder)?;
        Journal::taken_back(folder, run)
    }
}

/// Takes back what the journal has of the run.
pub(super) fn revert(
    engine: &mut Engine<'_, '_>,
    Revert { run, part }: &Revert,
    output: &mut Output<'_>,
) -> Result<Made, Stopped> {
    if !is_run_name(run) {
        return Err(Failure::new("take a run back", format!("{run:?} cannot name a run")).into());
    }
    let past = Journal::read(&engine.node.folder, run)?;
    if past.entries.is_empty() {
        return Ok(Made::default());
    }
    if past.taken_back {
        output(Stream::Stdout, &format!("the run {run} was taken back already"));
        return Ok(Made::default());
    }
    let TakenBack { changes, mut failures, left } = engine.take_back_run(&past, *part, output);
    for left in left {
        output(Stream::Stdout, &format!("{left} was run, and has no inverse"));
    }
    if failures.is_empty() && *part != RevertPart::Leaving && engine.mode == Mode::Apply {
        failures.extend(engine.settle(run).err());
    }
    let changes: Vec<Change> = changes.into_iter().map(prefixed).collect();
    match failures.as_slice() {
        [] => Ok(changes.into()),
        [first, ..] => {
            let lines = failures.iter().map(|failure| format!("{}: {}", failure.tried, failure.came_back));
            let came_back = lines.collect::<Vec<_>>().join("\n");
            let failure = Failure { tried: format!("take back the run {run}"), came_back, hint: first.hint.clone() };
            Err(Stopped { made: changes.into(), failure: Box::new(failure) })
        }
    }
}

fn is_meant(part: RevertPart, was_pruned: bool) -> bool {
    match part {
        RevertPart::All => true,
        RevertPart::Leaving => was_pruned,
        RevertPart::Made => !was_pruned,
    }
}

fn prefixed(change: Change) -> Change {
    Change { subject: format!("{PREFIX}{}", change.subject), ..change }
}
