//! Follows a batch on one host: from the agent's steps to the playbook's tasks. Pure.

use std::collections::BTreeSet;

use lvs_agent::wire::{self, Change, Failure, Mode, Outcome, Status, Step};

use super::prepare::{Prepared, Work};
use crate::report::{Event, TaskEnd, TaskStatus};

/// Follows the tasks of one host through a play or through its handlers.
pub(super) struct Tracker<'a> {
    host: &'a str,
    play: &'a str,
    mode: Mode,
    tasks: &'a [Prepared],
    /// For each step of the batch that is under way the task that it belongs to.
    owners: Vec<usize>,
    first_step: u64,
    /// How many tasks have ended: the place of the one that comes next.
    position: usize,
    /// The task whose steps are under way: the one at `position`.
    present: Option<Present>,
    /// Check mode: something above would be changed, so a failure below may be due to that.
    pending: bool,
    /// Handlers to run.
    pub(super) notified: BTreeSet<usize>,
    /// A task failed.
    pub(super) failed: bool,
}

/// What has come so far of the task that is under way.
#[derive(Default)]
struct Present {
    /// Steps that have not ended.
    left: usize,
    changes: Vec<Change>,
    /// A step changed something, or would.
    differs: bool,
    failure: Option<Failure>,
}

impl<'a> Tracker<'a> {
    pub(super) fn new(host: &'a str, play: &'a str, mode: Mode, tasks: &'a [Prepared], pending: bool) -> Self {
        Self {
            host,
            play,
            mode,
            tasks,
            owners: Vec::new(),
            first_step: 0,
            position: 0,
            present: None,
            pending,
            notified: BTreeSet::new(),
            failed: false,
        }
    }

    /// The steps from here to the next task that the controller does itself, numbered from `first`.
    pub(super) fn batch(&mut self, first: u64) -> Vec<Step> {
        self.owners.clear();
        self.first_step = first;
        let mut steps = Vec::new();
        for (index, task) in self.tasks.iter().enumerate().skip(self.position) {
            match &task.work {
                Work::Verify(_) => break,
                Work::Skip(_) => {}
                Work::Make(wanted) => {
                    for wanted in wanted {
                        steps.push(Step {
                            id: first + steps.len() as u64,
                            task: task.name.clone(),
                            tag: wanted.stage.map(|stage| stage.tag().to_owned()),
                            sensitive: task.no_log,
                            resource: wanted.resource.clone(),
                        });
                        self.owners.push(index);
                    }
                }
            }
        }
        steps
    }

    /// The task that comes next, if there is one.
    pub(super) fn current(&self) -> Option<&'a Prepared> {
        self.tasks.get(self.position)
    }

    /// Whether nothing more is done: a task failed. Check mode goes on, since later tasks are worth knowing, too.
    pub(super) fn is_over(&self) -> bool {
        self.failed && self.mode == Mode::Apply
    }

    /// Ends tasks that come next and have nothing to do.
    pub(super) fn settle(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(task) = self.current().filter(|_| !self.is_over()) {
            match &task.work {
                Work::Skip(reason) => {
                    let end = self.end(TaskStatus::Skipped);
                    events.push(Event::TaskEnded(TaskEnd { reason: reason.clone(), ..end }));
                }
                Work::Make(wanted) if wanted.is_empty() => events.push(Event::TaskEnded(self.end(TaskStatus::Ok))),
                Work::Make(_) | Work::Verify(_) => break,
            }
        }
        events
    }

    /// What the playbook's side of an event of the agent is.
    pub(super) fn hear(&mut self, event: &wire::Event) -> Vec<Event> {
        match event {
            wire::Event::Started { id } => self.started(*id),
            wire::Event::Output { id, stream, line } => match self.owner(*id) {
                Some(task) if !task.no_log => vec![Event::Output {
                    host: self.host.to_owned(),
                    task: task.name.clone(),
                    stream: *stream,
                    line: line.clone(),
                }],
                _ => Vec::new(),
            },
            wire::Event::Ended { id, outcome } => {
                let mut events = self.started(*id);
                events.extend(self.ended(outcome));
                events
            }
            _ => Vec::new(),
        }
    }

    /// How many tasks have ended.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Whether the agent has begun with the present task.
    pub(super) fn is_under_way(&self) -> bool {
        self.present.is_some()
    }

    /// Ends the present task as failed, for a reason that is no event of the agent.
    pub(super) fn fail(&mut self, failure: Failure) -> TaskEnd {
        self.failed = true;
        TaskEnd { failure: Some(failure), ..self.end(TaskStatus::Failed) }
    }

    /// Ends the present task as done by the controller.
    pub(super) fn verified(&mut self, findings: Vec<String>, failure: Option<Failure>) -> TaskEnd {
        self.failed |= failure.is_some();
        let status = if failure.is_some() { TaskStatus::Failed } else { TaskStatus::Ok };
        TaskEnd { failure, findings, ..self.end(status) }
    }

    /// Ends the present task as skipped for a reason.
    pub(super) fn skip(&mut self, reason: &str) -> TaskEnd {
        TaskEnd { reason: Some(reason.to_owned()), ..self.end(TaskStatus::Skipped) }
    }

    fn owner(&self, id: u64) -> Option<&'a Prepared> {
        let step = usize::try_from(id.checked_sub(self.first_step)?).ok()?;
        self.tasks.get(*self.owners.get(step)?)
    }

    /// The first step of a task announces the task.
    fn started(&mut self, id: u64) -> Vec<Event> {
        let Some(task) = self.owner(id).filter(|_| self.present.is_none()) else { return Vec::new() };
        let mut events = self.settle();
        let left = self.owners.iter().filter(|owner| **owner == self.position).count();
        self.present = Some(Present { left, ..Present::default() });
        events.push(Event::TaskStarted { host: self.host.to_owned(), task: task.name.clone() });
        events
    }

    fn ended(&mut self, outcome: &Outcome) -> Vec<Event> {
        let Some(present) = &mut self.present else { return Vec::new() };
        present.left = present.left.saturating_sub(1);
        present.changes.extend(outcome.changes.iter().cloned());
        present.differs |= matches!(outcome.status, Status::Changed | Status::WouldChange);
        if outcome.status == Status::Failed {
            present.failure.get_or_insert_with(|| outcome.failure.clone().unwrap_or_default());
        }
        let gives_up = present.failure.is_some() && self.mode == Mode::Apply;
        if present.left > 0 && !gives_up {
            return Vec::new();
        }
        let differs = present.differs || !present.changes.is_empty();
        let mut failure = present.failure.take();
        if self.tasks.get(self.position).is_some_and(|task| task.no_log) {
            keep_secret(present, failure.as_mut());
        }
        self.pending |= differs;
        let status = match (&failure, self.mode) {
            (Some(_), Mode::Check) if self.pending => TaskStatus::Unknown,
            (Some(_), _) => TaskStatus::Failed,
            (None, Mode::Check) if differs => TaskStatus::WouldChange,
            (None, Mode::Apply) if differs => TaskStatus::Changed,
            (None, _) => TaskStatus::Ok,
        };
        self.failed |= status == TaskStatus::Failed;
        if let Some(task) = self.current().filter(|_| differs) {
            self.notified.extend(&task.notify);
        }
        let mut events = vec![Event::TaskEnded(TaskEnd { failure, ..self.end(status) })];
        events.extend(self.settle());
        events
    }

    /// Ends the present task and goes on to the next.
    fn end(&mut self, status: TaskStatus) -> TaskEnd {
        let task = self.current();
        let (name, place) = task.map(|task| (task.name.clone(), task.place.clone())).unwrap_or_default();
        let module = task.map(|task| task.kind);
        self.position += 1;
        TaskEnd {
            host: self.host.to_owned(),
            play: self.play.to_owned(),
            task: name,
            module,
            place,
            status,
            changes: self.present.take().map(|present| present.changes).unwrap_or_default(),
            failure: None,
            reason: None,
            findings: Vec::new(),
        }
    }
}

/// What a task with `no_log` did: that it did something, and no more. A command's arguments are in the names of its
/// changes, and what it printed is in its failure.
fn keep_secret(present: &mut Present, failure: Option<&mut Failure>) {
    if !present.changes.is_empty() {
        present.changes = vec![Change::no_log()];
    }
    if let Some(failure) = failure {
        *failure = Failure::no_log();
    }
}
