//! What happens in a run.

use lvs_agent::wire::{Change, Failure, Mode, Stream, Values};
use serde::Serialize;

use super::Recap;
use crate::module::Kind;

/// What happens in a run. As JSON lines this is the output of `--output json`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Hosts are being connected to.
    Connecting {
        /// The hosts.
        hosts: Vec<String>,
    },
    /// A run begins.
    RunStarted {
        /// Whether it changes anything.
        mode: Mode,
        /// The hosts that take part.
        hosts: Vec<String>,
    },
    /// A host is reached.
    HostConnected {
        /// The host.
        host: String,
    },
    /// A host cannot be reached, or not any more.
    HostUnreachable {
        /// The host.
        host: String,
        /// What was tried and what came back.
        failure: Failure,
    },
    /// A play begins.
    PlayStarted {
        /// Its name.
        play: String,
        /// `file:line`.
        place: String,
        /// The hosts that take part.
        hosts: Vec<String>,
    },
    /// A host begins with a play.
    HostStarted {
        /// The host.
        host: String,
        /// How many tasks it has before it.
        tasks: usize,
    },
    /// A task begins on a host.
    TaskStarted {
        /// The host.
        host: String,
        /// Name of the task.
        task: String,
    },
    /// A line that a command printed, or what the agent says while a step goes on.
    Output {
        /// The host.
        host: String,
        /// Name of the task.
        task: String,
        /// Where it was printed.
        stream: Stream,
        /// The line.
        line: String,
    },
    /// Something to know that is no result of a task.
    Note {
        /// The host, if it is about one.
        host: Option<String>,
        /// In a sentence.
        text: String,
    },
    /// A task has ended on a host.
    TaskEnded(TaskEnd),
    /// A host has ended a play.
    HostEnded {
        /// The host.
        host: String,
    },
    /// A run has ended: the last event.
    Recap(Recap),
}

/// How a task ended on a host.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TaskEnd {
    /// The host.
    pub host: String,
    /// Name of the play.
    pub play: String,
    /// Name of the task.
    pub task: String,
    /// Its module; none where the play as a whole could not be worked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<Kind>,
    /// `file:line` of the task.
    pub place: String,
    /// In one word.
    pub status: TaskStatus,
    /// What differed.
    pub changes: Vec<Change>,
    /// Why it failed, or why nothing can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it found out, in lines (`lvs_verify`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// What it returned, under Ansible's names (`-v`, and single modules); never with `no_log`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Box<Values>>,
    /// Whether it counts as a change: a command that failed may have changed something.
    #[serde(skip)]
    pub is_change: bool,
    /// It failed, and that was to be ignored.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignored: bool,
    /// It failed, and a `rescue` follows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rescued: bool,
}

/// How a task ended, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Everything was as it should be.
    #[default]
    Ok,
    /// Something was changed.
    Changed,
    /// Check mode: something would be changed.
    WouldChange,
    /// It failed.
    Failed,
    /// It was not for this host, or it was held back.
    Skipped,
    /// Check mode: it cannot be told before the changes above it are made.
    Unknown,
}

impl TaskStatus {
    /// The word in plain lines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Changed => "changed",
            Self::WouldChange => "would change",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }
}
