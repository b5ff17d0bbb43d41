//! What the tasks of a play want of one host: pure.

use lvs_agent::wire::Facts;

use super::{Site, readiness::Readiness};
use crate::{
    module::{Context, Kind, LvsVerify, Module, Wanted},
    playbook::{Play, Task},
    source::Diagnostics,
};

/// A task, ready to be sent to one host.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// Name of the task.
    pub(super) name: String,
    /// `file:line` of the task.
    pub(super) place: String,
    /// Its module.
    pub(super) kind: Kind,
    /// The handlers that a change notifies.
    pub(super) notify: Vec<usize>,
    /// What is to be done.
    pub(super) work: Work,
    /// What its commands print is a secret.
    pub(super) no_log: bool,
}

/// What is to be done for a task.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Nothing: a condition does not hold (no reason to tell), or it is held back for a reason.
    Skip(Option<String>),
    /// These, in order.
    Make(Vec<Wanted>),
    /// Traffic, by the controller.
    Verify(LvsVerify),
}

/// The tasks of a play for one host.
pub(super) struct Desk<'a, S> {
    pub(super) site: &'a S,
    pub(super) play: &'a Play,
    pub(super) host: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) readiness: &'a Readiness,
}

impl<S: Site> Desk<'_, S> {
    /// These tasks. All mistakes are found, not only the first.
    pub(super) fn prepare<'t>(&self, tasks: impl Iterator<Item = &'t Task>) -> Result<Vec<Prepared>, Diagnostics> {
        let (mut prepared, mut found) = (Vec::new(), Vec::new());
        for task in tasks {
            match self.work(task) {
                Ok(work) => prepared.push(Prepared {
                    name: task.name.clone(),
                    place: task.place(),
                    kind: task.action.kind(),
                    notify: task.notify.clone(),
                    work,
                    no_log: task.no_log,
                }),
                Err(mistakes) if task.no_log => {
                    found.extend(mistakes.into_vec().into_iter().map(|mistake| mistake.no_log(&task.span)));
                }
                Err(mistakes) => found.extend(mistakes.into_vec()),
            }
        }
        Diagnostics::check(found)?;
        Ok(prepared)
    }

    fn work(&self, task: &Task) -> Result<Work, Diagnostics> {
        let scope = self.site.scope(self.host, self.facts, self.play, task)?;
        for condition in &task.when {
            if !scope.holds(condition)? {
                return Ok(Work::Skip(None));
            }
        }
        let module = task.action.resolve(scope.as_ref())?;
        if let Module::Verify(verify) = module {
            return Ok(match self.readiness.unfit_for_verification() {
                Some(reason) => Work::Skip(Some(reason)),
                None => Work::Verify(verify),
            });
        }
        if let Module::LvsPrune(prune) = &module
            && let Some(reason) = self.readiness.holds_back(prune.role)
        {
            return Ok(Work::Skip(Some(reason)));
        }
        let context = Context {
            scope: scope.as_ref(),
            facts: self.facts,
            node: self.site.node(self.host),
            sensitive: task.no_log,
            counts_as_change: task.counts_as_change,
        };
        Ok(Work::Make(module.expand(&context)?))
    }
}
