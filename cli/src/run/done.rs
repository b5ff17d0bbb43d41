//! How a task, or one item of its loop, ended on a host: Ansible's result, and what is told of it.

use lvs_agent::wire::{Change, Failure};
use serde_json::{Map, Value as Json, json};

use crate::report::TaskStatus;

/// How a task, or one item of its loop, ended on a host.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// Ansible's return values: what `register` keeps.
    pub(super) result: Map<String, Json>,
    /// What differed.
    pub(super) changes: Vec<Change>,
    /// Why it failed, for people.
    pub(super) failure: Option<Failure>,
    /// What it has to tell.
    pub(super) findings: Vec<String>,
    /// Why it was skipped, where that is worth a word.
    pub(super) reason: Option<String>,
    /// Check mode: it cannot be told before the changes above it are made.
    pub(super) is_unknown: bool,
    /// The node could not be reached.
    pub(super) is_unreachable: bool,
    /// Everything of the run was taken back on the node.
    pub(super) is_taken_back: bool,
}

impl Done {
    /// It went well and changed nothing.
    pub(super) fn ok(result: Map<String, Json>) -> Self {
        let mut done = Self { result, ..Self::default() };
        done.result.entry("changed").or_insert(false.into());
        done.result.entry("failed").or_insert(false.into());
        done
    }

    /// A condition does not hold.
    pub(super) fn skipped(condition: Option<String>, reason: Option<String>) -> Self {
        let mut result = Map::new();
        result.insert("changed".to_owned(), false.into());
        result.insert("skipped".to_owned(), true.into());
        let why = reason.clone().unwrap_or_else(|| "Conditional result was False".to_owned());
        result.insert("skip_reason".to_owned(), why.into());
        if let Some(condition) = condition {
            result.insert("false_condition".to_owned(), condition.into());
        }
        Self { result, reason, ..Self::default() }
    }

    /// It failed.
    pub(super) fn failed(failure: Failure) -> Self {
        let mut done = Self::default();
        done.result.insert("changed".to_owned(), false.into());
        done.fail(failure);
        done
    }

    /// It could not be carried out, since the node is gone.
    pub(super) fn unreachable(failure: &Failure) -> Self {
        let mut done = Self { failure: Some(failure.clone()), is_unreachable: true, ..Self::default() };
        done.result.insert("changed".to_owned(), false.into());
        done.result.insert("unreachable".to_owned(), true.into());
        done.result.insert("msg".to_owned(), format!("failed to {}: {}", failure.tried, failure.came_back).into());
        done
    }

    /// It failed after all.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.result.insert("failed".to_owned(), true.into());
        self.result
            .entry("msg")
            .or_insert_with(|| format!("failed to {}: {}", failure.tried, failure.came_back).into());
        self.failure = Some(failure);
    }

    pub(super) fn is_changed(&self) -> bool {
        self.flag("changed")
    }

    pub(super) fn is_failed(&self) -> bool {
        self.flag("failed")
    }

    pub(super) fn is_skipped(&self) -> bool {
        self.flag("skipped")
    }

    fn flag(&self, name: &str) -> bool {
        self.result.get(name).and_then(Json::as_bool).unwrap_or(false)
    }

    /// In one word.
    pub(super) fn status(&self, is_check: bool) -> TaskStatus {
        match self {
            _ if self.is_skipped() => TaskStatus::Skipped,
            _ if self.is_unknown => TaskStatus::Unknown,
            _ if self.is_failed() || self.is_unreachable => TaskStatus::Failed,
            _ if self.is_changed() && is_check => TaskStatus::WouldChange,
            _ if self.is_changed() => TaskStatus::Changed,
            _ => TaskStatus::Ok,
        }
    }

    /// The items of a loop as one.
    pub(super) fn of_items(items: Vec<Self>) -> Self {
        if items.is_empty() {
            let mut none = Self::skipped(None, None);
            none.result.remove("skip_reason");
            none.result.insert("skipped_reason".to_owned(), "No items in the list".into());
            none.result.insert("results".to_owned(), json!([]));
            return none;
        }
        let mut all = Self::default();
        let is_skipped = items.iter().all(Self::is_skipped);
        let is_failed = items.iter().any(|item| item.is_failed() && !item.is_unknown);
        all.is_taken_back = items.iter().any(|item| item.is_taken_back);
        all.is_unreachable = items.iter().any(|item| item.is_unreachable);
        all.is_unknown = items.iter().any(|item| item.is_unknown) && !is_failed;
        all.result.insert("changed".to_owned(), items.iter().any(Self::is_changed).into());
        let msg = match (is_failed, is_skipped) {
            (true, _) => "One or more items failed",
            (false, true) => "All items skipped",
            (false, false) => "All items completed",
        };
        all.result.insert("msg".to_owned(), msg.into());
        if is_failed {
            all.result.insert("failed".to_owned(), true.into());
        }
        all.result.insert("skipped".to_owned(), is_skipped.into());
        let mut results = Vec::new();
        for item in items {
            all.changes.extend(item.changes);
            all.findings.extend(item.findings);
            if all.failure.is_none() && (item.result.get("failed") == Some(&true.into()) || item.is_unreachable) {
                all.failure = item.failure;
            }
            if is_skipped && all.reason.is_none() {
                all.reason = item.reason;
            }
            results.push(Json::Object(item.result));
        }
        all.result.insert("results".to_owned(), results.into());
        all
    }
}
