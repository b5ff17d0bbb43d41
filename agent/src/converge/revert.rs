//! Taking back a run, each change through the same path as any other resource.

use super::engine::{Engine, Made, Stopped, Work};
use crate::{
    node::{Journal, Ownership, is_run_name},
    process::Output,
    state::{Resource, Revert, RevertPart},
    wire::{Change, Failure, Mode, Stream},
};

/// What a reader of a plan sees before each change: why it is made.
const PREFIX: &str = "taken back: ";

/// Takes back what the journal has of the run. What cannot be taken back does not keep the rest from it.
pub(super) fn revert(
    engine: &mut Engine<'_, '_>,
    revert: &Revert,
    work: Work<'_>,
    output: &mut Output<'_>,
) -> Result<Made, Stopped> {
    let (run, folder) = (&revert.run, &engine.node.folder);
    if !is_run_name(run) {
        return Err(Failure::new("take a run back", format!("{run:?} cannot name a run")).into());
    }
    let past = Journal::read(folder, run)?;
    if past.entries.is_empty() {
        return Ok(Made::default());
    }
    if past.taken_back {
        output(Stream::Stdout, &format!("the run {run} was taken back already"));
        return Ok(Made::default());
    }
    let (mut changes, mut failures) = (Vec::new(), Vec::new());
    for entry in past.entries.iter().rev().filter(|entry| is_meant(revert.part, entry.was_pruned)) {
        let undo = entry.undo();
        if undo.is_empty() {
            output(Stream::Stdout, &format!("{} was run, and has no inverse", entry.resource));
        }
        for undo in undo {
            let done = undo.map_err(Stopped::from).and_then(|undo| {
                let is_secret = work.is_secret || matches!(&undo, Resource::File(file) if file.sensitive);
                engine.converge(&undo, Work { tag: None, is_undo: true, is_secret, ..work }, output)
            });
            match done {
                Ok(made) => changes.extend(made.changes.into_iter().map(prefixed)),
                Err(Stopped { made, failure }) => {
                    changes.extend(made.changes.into_iter().map(prefixed));
                    failures.push(*failure);
                }
            }
        }
    }
    let is_end = failures.is_empty() && revert.part != RevertPart::Leaving && engine.mode == Mode::Apply;
    if is_end && let Err(failure) = settle(engine, run) {
        failures.push(failure);
    }
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

/// What the run claimed is lvsctl's no more, and the run is over.
fn settle(engine: &mut Engine<'_, '_>, run: &str) -> Result<(), Failure> {
    let folder = &engine.node.folder;
    Ownership::put_back(folder, run)?;
    engine.ownership = Ownership::load(folder)?;
    Journal::taken_back(folder, run)
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
