//! A line of the journal, and what of a change may stand in it.
//!
//! The journal is a log: nothing secret is in it. What takes a secret file back is kept, as every former content of a
//! file, in the run's backup, and the line only says where.

use std::{borrow::Cow, fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Folder, journal::seconds_now};
use crate::{
    json,
    state::{Bytes, File, FileKind, Handling, Mode, Resource, ResourceId},
    wire::{Change, Failure, PastRun},
};

/// What a line is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    /// The task.
    pub(crate) task: &'a str,
    /// The step's number.
    pub(crate) id: u64,
    /// What is changed.
    pub(crate) resource: &'a ResourceId,
    /// Nothing of it but its kind may be in a log.
    pub(crate) is_secret: bool,
    /// It goes since it is no longer wanted.
    pub(crate) was_pruned: bool,
}

/// How far a change is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State<'a> {
    /// It is about to be made.
    Begun {
        /// What differs.
        changes: &'a [Change],
        /// What takes it back.
        undo: &'a [Resource],
    },
    /// It was made, read back and found right.
    Done,
    /// It was not made, or not wholly.
    Failed {
        /// Why.
        failure: &'a Failure,
    },
    /// The run was taken back, all of it.
    TakenBack,
}

/// A line of the journal.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    /// Names the run.
    run: &'a str,
    /// Who runs it.
    #[serde(skip_serializing_if = "str::is_empty")]
    operator: &'a str,
    /// Seconds since 1970.
    at: u64,
    task: &'a str,
    id: u64,
    resource: Cow<'a, ResourceId>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    was_pruned: bool,
    #[serde(flatten)]
    state: Told<'a>,
}

/// A [`State`] without secrets.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Told<'a> {
    Begun { changes: Cow<'a, [Change]>, undo: Vec<Undo<'a>> },
    Done,
    Failed { failure: Cow<'a, Failure> },
    TakenBack,
}

/// What takes a change back.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Undo<'a> {
    Kept(Kept),
    Plain(&'a Resource),
}

/// What takes a change back and is no log's business. A [`Resource`] never has one of these names.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    /// A file with the content that is in its backup.
    FromBackup { path: String, owner: Option<String>, group: Option<String>, mode: Option<Mode>, backup: PathBuf },
    /// A secret.
    NoLog,
}

impl<'a> Line<'a> {
    pub(super) fn new(folder: &Folder, [run, operator]: [&'a str; 2], about: About<'a>, state: State<'a>) -> Self {
        let About { task, id, resource, is_secret, was_pruned } = about;
        let state = match state {
            State::Begun { changes, undo } => Told::Begun {
                changes: if is_secret { Cow::Owned(vec![Change::no_log()]) } else { Cow::Borrowed(changes) },
                undo: undo.iter().map(|undo| Undo::new(folder, run, undo, is_secret)).collect(),
            },
            State::Done => Told::Done,
            State::TakenBack => Told::TakenBack,
            State::Failed { .. } if is_secret => Told::Failed { failure: Cow::Owned(Failure::no_log()) },
            State::Failed { failure } => Told::Failed { failure: Cow::Borrowed(failure) },
        };
        let resource = if is_secret { Cow::Owned(resource.no_log()) } else { Cow::Borrowed(resource) };
        Line { run, operator, at: seconds_now(), task, id, resource, was_pruned, state }
    }
}

impl<'a> Undo<'a> {
    fn new(folder: &Folder, run: &str, undo: &'a Resource, is_secret: bool) -> Self {
        match undo {
            Resource::File(File { path, kind: FileKind::Content(_), owner, group, mode, sensitive, .. })
                if is_secret || *sensitive =>
            {
                let (owner, group) = (owner.clone(), group.clone());
                let backup = folder.backup(run, path);
                Self::Kept(Kept::FromBackup { path: path.clone(), owner, group, mode: mode.clone(), backup })
            }
            Resource::File(File { kind: FileKind::Absent | FileKind::Directory | FileKind::Existing, .. }) => {
                Self::Plain(undo)
            }
            _ if is_secret => Self::Kept(Kept::NoLog),
            _ => Self::Plain(undo),
        }
    }
}

/// A line, read back. Neither flattened nor untagged: both would have every kind of resource in the program twice.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    operator: String,
    at: u64,
    task: String,
    id: u64,
    resource: ResourceId,
    state: Stage,
    #[serde(default)]
    was_pruned: bool,
    #[serde(default)]
    undo: Vec<Box<RawValue>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Begun,
    Done,
    Failed,
    TakenBack,
}

/// A change of the journal, read back.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The task that made it.
    pub(crate) task: String,
    /// What was changed.
    pub(crate) resource: ResourceId,
    /// It went since it was no longer wanted.
    pub(crate) was_pruned: bool,
    /// The step's number.
    pub(crate) id: u64,
    is_done: bool,
    undo: Vec<Box<RawValue>>,
}

/// A run, read back from its journal.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Who ran it.
    pub(crate) operator: String,
    /// When its first change was begun, in seconds since 1970.
    pub(crate) at: u64,
    /// What was begun; a change without an end counts, since it may have been made.
    pub(crate) entries: Vec<Entry>,
    /// The run was taken back.
    pub(crate) taken_back: bool,
}

impl Past {
    /// Takes in the next line.
    pub(super) fn add(&mut self, line: &str) -> serde_json::Result<()> {
        let Written { operator, at, task, id, resource, state, was_pruned, undo } = json::from_slice(line.as_bytes())?;
        match state {
            Stage::Begun => {
                if self.entries.is_empty() {
                    (self.operator, self.at) = (operator, at);
                }
                self.entries.push(Entry { task, resource, was_pruned, id, is_done: false, undo });
            }
            Stage::Done => {
                let ended = self.entries.iter_mut().rev().find(|entry| entry.id == id && entry.resource == resource);
                if let Some(entry) = ended {
                    entry.is_done = true;
                }
            }
            Stage::Failed => {}
            Stage::TakenBack => self.taken_back = true,
        }
        Ok(())
    }

    /// In numbers.
    pub(super) fn sum(self, run: String) -> PastRun {
        let Self { operator, at, entries, taken_back } = self;
        let count = |is_meant: fn(&&Entry) -> bool| entries.iter().filter(is_meant).count();
        let (failed, for_good) = (count(|entry| !entry.is_done), count(|entry| entry.undo.is_empty()));
        PastRun { run, operator, at, changes: entries.len(), failed, for_good, taken_back }
    }
}

impl Entry {
    /// The resources that take it back, in this order. What of them was no log's business is read from its backup.
    pub(crate) fn undo(&self) -> Vec<Result<Resource, Failure>> {
        self.undo.iter().map(|raw| resource(raw.get().as_bytes())).collect()
    }
}

fn resource(written: &[u8]) -> Result<Resource, Failure> {
    match json::from_slice(written) {
        Err(_) => json::from_slice(written)
            .map_err(|error| Failure::new("understand what takes a change back in the journal", error)),
        Ok(Kept::NoLog) => {
            Err(Failure::new("take a secret change back", "what was there before is not in the journal"))
        }
        Ok(Kept::FromBackup { path, owner, group, mode, backup }) => {
            let content = fs::read(&backup)
                .map_err(|error| Failure::new(format!("read the backup {}", backup.display()), error))?;
            let kind = FileKind::Content(Bytes(content));
            Ok(Resource::File(File { path, kind, owner, group, mode, sensitive: true, handling: Handling::default() }))
        }
    }
}
