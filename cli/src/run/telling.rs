//! What is told of how a task ended: to the reporter and to the tally.

use lvs_agent::wire::{Change, Failure, Side};

use super::{Connection, Verifier, actor::Actor, done::Done, scope::TaskScope};
use crate::{
    playbook::{Setting, Task},
    report::{Event, TaskEnd, TaskStatus},
};

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Tells how a task ended, and counts it.
    pub(super) fn tell(&mut self, end: TaskEnd) {
        self.tally.count(&end);
        self.stage.reports.send(&Event::TaskEnded(end));
    }

    pub(super) fn task_end(&self, status: TaskStatus) -> TaskEnd {
        TaskEnd { host: self.host.to_string(), play: self.stage.play().name.clone(), status, ..TaskEnd::default() }
    }

    pub(super) fn end_of(&self, task: &Task, status: TaskStatus) -> TaskEnd {
        TaskEnd {
            task: task.name.clone(),
            module: Some(task.action.kind()),
            place: task.place(),
            ..self.task_end(status)
        }
    }

    /// What is told of a task. Of a secret: that it did something, and no more.
    pub(super) fn told(&self, task: &Task, scope: &TaskScope, done: &Done, status: TaskStatus) -> TaskEnd {
        let mut end = TaskEnd {
            task: scope.text_or_raw(&task.name, &task.span),
            changes: done.changes.clone(),
            failure: done.failure.clone(),
            reason: done.reason.clone(),
            findings: done.findings.clone(),
            is_change: done.is_changed(),
            result: self.stage.run.options.results.then(|| Box::new(done.result.clone())),
            ..self.end_of(task, status)
        };
        let no_log = match task.directives.get(Setting::NoLog) {
            None => false,
            Some(node) => scope.flag(Some(node)).ok().flatten().unwrap_or(true),
        };
        if no_log {
            // A command's arguments are in the names of its changes, and what it printed is in its failure.
            end.changes = if done.changes.is_empty() { Vec::new() } else { vec![Change::no_log()] };
            end.failure = done.failure.as_ref().map(|_| Failure::no_log());
            end.findings.clear();
            end.result = None;
        }
        if matches!(scope.flag(task.directives.get(Setting::Diff)), Ok(Some(false))) {
            end.changes.iter_mut().for_each(without_text);
        }
        if status != TaskStatus::Failed && status != TaskStatus::Unknown {
            end.failure = None;
        }
        end
    }
}

fn without_text(change: &mut Change) {
    for side in [&mut change.before, &mut change.after] {
        if matches!(side, Side::Text(_)) {
            *side = Side::Hidden { why: "diff: false".to_owned() };
        }
    }
}
