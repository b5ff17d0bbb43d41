//! What stands in the file of a plan.

use std::{collections::BTreeMap, path::PathBuf};

use lvs_agent::wire::{Change, Side};
use serde::{Deserialize, Serialize};

use super::Key;
use crate::{
    report::{Ended, TaskEnd, TaskStatus},
    vault,
};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A plan, as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// [`VERSION`]; the first key of the file.
    pub lvsctl_plan: u32,
    /// Version of the lvsctl that made it.
    pub lvsctl: String,
    /// Who made it: `alice@host`.
    pub by: String,
    /// When, in seconds since 1970.
    pub made: u64,
    /// Under which its digests are made.
    pub key: String,
    /// What was asked for.
    pub request: Request,
    /// What was read, by its path or name, with a digest of it.
    pub inputs: BTreeMap<String, String>,
    /// What would be done on each host, in order.
    pub hosts: BTreeMap<String, Vec<Planned>>,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The folder in which it was asked: relative paths begin there.
    pub folder: PathBuf,
    /// The playbook; none is the shipped one.
    pub playbook: Option<PathBuf>,
    /// The inventory's sources.
    pub inventory: Vec<PathBuf>,
    /// `--playbook-dir`.
    pub playbook_dir: Option<PathBuf>,
    /// `--limit`.
    pub limit: Option<String>,
    /// `--retry`.
    pub retry: Option<PathBuf>,
    /// `--tags`.
    pub tags: Vec<String>,
    /// `--skip-tags`.
    pub skip_tags: Vec<String>,
    /// `--start-at-task`.
    pub start_at_task: Option<String>,
    /// A digest of `--extra-vars`, which may be secrets; none where there were none.
    pub extra_vars: Option<String>,
}

/// What a task would do on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Name of the task.
    pub task: String,
    /// `file:line` of it.
    pub place: String,
    /// Whether it cannot be told before what stands above it is done.
    pub unknown: bool,
    /// What would be changed.
    pub changes: Vec<PlannedChange>,
}

/// A change, as `plan` shows it on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChange {
    /// What differs.
    pub subject: String,
    /// What is there.
    pub before: PlannedSide,
    /// What should be there.
    pub after: PlannedSide,
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PlannedSide {
    /// Nothing is there.
    Absent,
    /// It is there, and there is no more to say.
    Present,
    /// A short value, on one line.
    Value(String),
    /// Text: how many lines, and its digest.
    Text {
        /// How many lines.
        lines: usize,
        /// Its digest.
        digest: String,
    },
    /// Content that is not shown, and not known here.
    Hidden(String),
}

impl PlanFile {
    /// What a run in check mode came to.
    pub fn of_run(ended: &[Ended], key: &Key) -> BTreeMap<String, Vec<Planned>> {
        let mut hosts: BTreeMap<String, Vec<Planned>> = BTreeMap::new();
        for end in ended.iter().map(|ended| &ended.end).filter(|end| does_something(end)) {
            hosts.entry(end.host.clone()).or_default().push(Planned {
                task: masked(&end.task),
                place: end.place.clone(),
                unknown: end.status == TaskStatus::Unknown,
                changes: end.changes.iter().map(|change| PlannedChange::of(change, key)).collect(),
            });
        }
        hosts
    }

    /// What was read until now.
    pub fn of_inputs(inputs: &BTreeMap<String, [u8; 32]>, key: &Key) -> BTreeMap<String, String> {
        inputs.iter().map(|(name, digest)| (name.clone(), key.digest(digest))).collect()
    }

    /// The digest of variables of the command line.
    pub fn of_extra_vars(vars: &[String], key: &Key) -> Option<String> {
        if vars.is_empty() {
            return None;
        }
        // Each with its length in front: `a` and `bc` are not `ab` and `c`.
        let parts: Vec<String> = vars.iter().map(|vars| format!("{}:{vars}", vars.len())).collect();
        Some(key.slow_digest(parts.concat().as_bytes()))
    }

    /// Under which its digests are made.
    pub fn key(&self) -> Key {
        Key::of_text(&self.key)
    }

    /// How many changes it has.
    pub fn count(&self) -> usize {
        self.hosts.values().flatten().map(|planned| planned.changes.len()).sum()
    }
}

fn does_something(end: &TaskEnd) -> bool {
    !end.changes.is_empty() || matches!(end.status, TaskStatus::WouldChange | TaskStatus::Unknown)
}

impl PlannedChange {
    fn of(change: &Change, key: &Key) -> Self {
        let side = |side: &Side| PlannedSide::of(side, key);
        Self { subject: masked(&change.subject), before: side(&change.before), after: side(&change.after) }
    }
}

impl PlannedSide {
    fn of(side: &Side, key: &Key) -> Self {
        match side {
            Side::Absent => Self::Absent,
            Side::Present => Self::Present,
            Side::Value(value) => Self::Value(masked(value)),
            // What was encrypted is not even in the digest, by which it could be guessed.
            Side::Text(text) => Self::Text { lines: text.lines().count(), digest: key.digest(masked(text).as_bytes()) },
            Side::Hidden { why } => Self::Hidden(why.clone()),
        }
    }
}

fn masked(text: &str) -> String {
    vault::mask(text).into_owned()
}
