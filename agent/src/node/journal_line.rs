//! A line of the journal, and what of a change may stand in it.
//!
//! The journal is a log: nothing secret is in it. What takes a secret file back is kept, as every former content of a
//! file, in the run's backup, and the line only says where.

use std::{borrow::Cow, path::PathBuf};

use serde::Serialize;

use super::{Folder, seconds_now};
use crate::{
    state::{File, FileKind, Mode, Resource, ResourceId},
    wire::{Change, Failure},
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
}

/// A line of the journal.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    /// Names the run.
    run: &'a str,
    /// Seconds since 1970.
    at: u64,
    task: &'a str,
    id: u64,
    resource: Cow<'a, ResourceId>,
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
}

/// What takes a change back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Undo<'a> {
    /// A file with the content that is in its backup.
    FromBackup {
        path: &'a str,
        owner: &'a Option<String>,
        group: &'a Option<String>,
        mode: &'a Option<Mode>,
        backup: PathBuf,
    },
    /// A secret.
    NoLog,
    #[serde(untagged)]
    Plain(&'a Resource),
}

impl<'a> Line<'a> {
    pub(super) fn new(folder: &Folder, run: &'a str, about: About<'a>, state: State<'a>) -> Self {
        let About { task, id, resource, is_secret } = about;
        let state = match state {
            State::Begun { changes, undo } => Told::Begun {
                changes: if is_secret { Cow::Owned(vec![Change::no_log()]) } else { Cow::Borrowed(changes) },
                undo: undo.iter().map(|undo| Undo::new(folder, run, undo, is_secret)).collect(),
            },
            State::Done => Told::Done,
            State::Failed { .. } if is_secret => Told::Failed { failure: Cow::Owned(Failure::no_log()) },
            State::Failed { failure } => Told::Failed { failure: Cow::Borrowed(failure) },
        };
        let resource = if is_secret { Cow::Owned(resource.no_log()) } else { Cow::Borrowed(resource) };
        Line { run, at: seconds_now(), task, id, resource, state }
    }
}

impl<'a> Undo<'a> {
    fn new(folder: &Folder, run: &str, undo: &'a Resource, is_secret: bool) -> Self {
        match undo {
            Resource::File(File { path, kind: FileKind::Content(_), owner, group, mode, sensitive, .. })
                if is_secret || *sensitive =>
            {
                Self::FromBackup { path, owner, group, mode, backup: folder.backup(run, path) }
            }
            Resource::File(File { kind: FileKind::Absent | FileKind::Directory | FileKind::Existing, .. }) => {
                Self::Plain(undo)
            }
            _ if is_secret => Self::NoLog,
            _ => Self::Plain(undo),
        }
    }
}
