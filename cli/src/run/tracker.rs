//! Follows a batch on one host: from the agent's steps to the tasks, or the items of a loop, that they belong to. Pure.

use lvs_agent::wire::{self, Change, Failure, Mode, Outcome, Status, Step, Stream, Values};
use serde_json::Value as Json;

use super::{
    done::Done,
    prepare::{Prepared, Work},
};
use crate::module::Wanted;

/// Follows prepared work through one batch or several.
pub(super) struct Tracker<'a> {
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
}

/// What is heard of a task, by its place.
pub(super) enum Heard {
    /// It has begun.
    Started(usize),
    /// A command of it printed a line.
    Output(usize, Stream, String),
    /// It has ended.
    Ended(usize, Done),
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
    is_taken_back: bool,
    /// What its steps return; of the same name, what the last of them says.
    result: Values,
}

impl<'a> Tracker<'a> {
    pub(super) fn new(mode: Mode, tasks: &'a [Prepared], pending: bool) -> Self {
        Self { mode, tasks, owners: Vec::new(), first_step: 0, position: 0, present: None, pending }
    }

    /// The steps from here on, numbered from `first`.
    pub(super) fn batch(&mut self, first: u64) -> Vec<Step> {
        self.owners.clear();
        self.first_step = first;
        let mut steps = Vec::new();
        for (index, task) in self.tasks.iter().enumerate().skip(self.position) {
            let Work::Make(wanted) = &task.work else { continue };
            for wanted in wanted {
                steps.push(Step {
                    id: first + steps.len() as u64,
                    task: task.name.clone(),
                    tag: wanted.stage.map(|stage| stage.tag().to_owned()),
                    sensitive: task.no_log,
                    environment: task.environment.clone(),
                    resource: wanted.resource.clone(),
                });
                self.owners.push(index);
            }
        }
        steps
    }

    /// Whether all tasks have ended.
    pub(super) fn is_over(&self) -> bool {
        self.position >= self.tasks.len()
    }

    /// Ends tasks that come next and have nothing to do on the node.
    pub(super) fn settle(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        while let Some(task) = self.tasks.get(self.position) {
            let done = match &task.work {
                Work::Ended(done) => (**done).clone(),
                Work::Make(wanted) if wanted.is_empty() => Done::ok(Values::new()),
                Work::Make(_) | Work::Verify(_) | Work::Control(_) => break,
            };
            heard.push(self.end(done));
        }
        heard
    }

    /// What an event of the agent means.
    pub(super) fn hear(&mut self, event: &wire::Event) -> Vec<Heard> {
        match event {
            wire::Event::Started { id } => self.started(*id),
            wire::Event::Output { id, stream, line } => match self.owner(*id) {
                Some(task) if !self.tasks[task].no_log => vec![Heard::Output(task, *stream, line.clone())],
                _ => Vec::new(),
            },
            wire::Event::Ended { id, outcome } => {
                let mut heard = self.started(*id);
                let mut outcome = outcome.clone();
                if let Some(wanted) = self.wanted(*id) {
                    wanted.conclude(&mut outcome, self.mode);
                }
                heard.extend(self.ended(&outcome));
                heard
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
    pub(super) fn fail(&mut self, failure: Failure) -> Heard {
        let changes = self.present.take().map(|present| present.changes).unwrap_or_default();
        self.end(Done { changes, ..Done::failed(failure) })
    }

    fn owner(&self, id: u64) -> Option<usize> {
        let step = usize::try_from(id.checked_sub(self.first_step)?).ok()?;
        self.owners.get(step).copied()
    }

    /// What a step was to bring about.
    fn wanted(&self, id: u64) -> Option<&'a Wanted> {
        let step = usize::try_from(id.checked_sub(self.first_step)?).ok()?;
        let owner = *self.owners.get(step)?;
        let before = self.owners[..step].iter().filter(|other| **other == owner).count();
        match &self.tasks.get(owner)?.work {
            Work::Make(wanted) => wanted.get(before),
            _ => None,
        }
    }

    /// Whether a task brings about a stage of the cluster model.
    fn is_staged(&self, task: usize) -> bool {
        let work = self.tasks.get(task).map(|task| &task.work);
        matches!(work, Some(Work::Make(wanted)) if wanted.iter().any(|wanted| wanted.stage.is_some()))
    }

    /// The first step of a task announces the task.
    fn started(&mut self, id: u64) -> Vec<Heard> {
        if self.owner(id).is_none() || self.present.is_some() {
            return Vec::new();
        }
        let mut heard = self.settle();
        let left = self.owners.iter().filter(|owner| **owner == self.position).count();
        self.present = Some(Present { left, ..Present::default() });
        heard.push(Heard::Started(self.position));
        heard
    }

    fn ended(&mut self, outcome: &Outcome) -> Vec<Heard> {
        let Some(present) = &mut self.present else { return Vec::new() };
        present.left = present.left.saturating_sub(1);
        present.changes.extend(outcome.changes.iter().cloned());
        present.differs |= matches!(outcome.status, Status::Changed | Status::WouldChange);
        present.result.extend(outcome.result.clone());
        present.is_taken_back |= outcome.status == Status::TakenBack;
        if matches!(outcome.status, Status::Failed | Status::TakenBack) {
            present.failure.get_or_insert_with(|| outcome.failure.clone().unwrap_or_default());
        }
        let gives_up = present.failure.is_some() && self.mode == Mode::Apply;
        if present.left > 0 && !gives_up {
            return Vec::new();
        }
        let Some(Present { changes, differs, failure, is_taken_back, mut result, .. }) = self.present.take() else {
            return Vec::new();
        };
        // No step speaks for a whole role of the cluster's.
        if self.is_staged(self.position) {
            result.clear();
        }
        let differs = differs || !changes.is_empty();
        self.pending |= differs;
        // A command that ran and failed counts as a change, as in Ansible; one that could not be started does not.
        let ran = failure.is_some() && result.contains_key("rc") && result.contains_key("start");
        result.insert("changed".to_owned(), (differs || ran).into());
        result.insert("failed".to_owned(), Json::Bool(false));
        let mut done = Done { result, changes, is_taken_back, ..Done::default() };
        if let Some(failure) = failure {
            done.fail(failure);
            done.is_unknown = self.mode == Mode::Check && self.pending;
        }
        let mut heard = vec![self.end(done)];
        heard.extend(self.settle());
        heard
    }

    fn end(&mut self, done: Done) -> Heard {
        self.position += 1;
        Heard::Ended(self.position - 1, done)
    }
}
