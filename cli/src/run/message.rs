//! Tasks of which none depends on the result of another, in one message to their node.

use std::sync::Arc;

use lvs_agent::wire::Mode;

use super::{
    Connection, Verifier,
    actor::{Actor, Flow, Leave, cannot_be_worked_out},
    delivery::{Sent, lost},
    done::Done,
    perform::check_become,
    prepare::Prepared,
};
use crate::{
    module::Kind,
    playbook::{Item, Setting, Strategy, Task},
    source::Diagnostics,
    yaml::Node,
};

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// The tasks from here on that go to the node in one message.
    pub(super) fn together(&self, items: &[Item]) -> Vec<Arc<Task>> {
        if self.stage.play().strategy != Strategy::Free || self.stage.run.options.step.is_some() {
            return Vec::new();
        }
        let mut tasks = Vec::new();
        for item in items {
            match item {
                Item::Task(task) if !self.stage.run.takes(task) => {}
                Item::Task(task) if stands_alone(task) => break,
                Item::Task(task) => tasks.push(Arc::clone(task)),
                Item::Block(_) | Item::Flush => break,
            }
        }
        tasks
    }

    /// Carries out tasks of which none depends on the result of another, in one message.
    pub(super) async fn send_together(&mut self, tasks: &[Arc<Task>]) -> Flow {
        let stage = Arc::clone(&self.stage);
        if stage.stop.is_asked() {
            self.tally.drop_out(format!("stopped before `{}`", tasks[0].name));
            return Err(Leave::Stopped);
        }
        let facts = self.facts_of(&self.host).await;
        let (mut prepared, mut found, mut wrong) = (Vec::new(), Vec::new(), None);
        for task in tasks {
            let scope = stage.scopes.of(&self.host, &task.directives);
            let host = Arc::clone(&self.host);
            match check_become(task, &scope).and_then(|()| self.desk(&host, &facts).prepare(task, scope)) {
                Ok(ready) => prepared.push(ready),
                Err(mistakes) => {
                    wrong.get_or_insert(Arc::clone(task));
                    found.extend(mistakes.into_vec());
                }
            }
        }
        // Nothing is sent of what cannot be worked out as a whole.
        if let (Some(task), Err(mistakes)) = (wrong, Diagnostics::check(found)) {
            let scope = stage.scopes.of(&self.host, &task.directives);
            return self.finish(&task, &scope, Done::failed(cannot_be_worked_out(&mistakes)));
        }
        let host = Arc::clone(&self.host);
        if let Err(failure) = self.guard(&mut prepared, &host).await {
            let Prepared { task, scope, .. } = &prepared[0];
            return self.finish(task, scope, Done::unreachable(&failure));
        }
        let (mut flow, mut position) = (Ok(()), 0);
        let is_check = stage.mode == Mode::Check;
        let sent = self
            .send(&prepared, &host, stage.mode, &mut |actor, index, done| {
                let Prepared { task, scope, .. } = &prepared[index];
                position = index + 1;
                let next = actor.finish(task, scope, done);
                if next.is_err() {
                    flow = next;
                }
                // In check mode nothing was made that a later step could build on, and nothing is lost by asking on.
                next.is_ok() || is_check
            })
            .await;
        match sent {
            Sent::Answered => flow,
            Sent::Lost { broken, is_under_way } => {
                let Some(Prepared { task, scope, .. }) = prepared.get(position) else { return Err(Leave::Lost) };
                self.finish(task, scope, lost(&broken, is_under_way))
            }
        }
    }
}

/// Whether a task goes to its node by itself: something of it is decided only when its result is there, or it is done
/// elsewhere.
fn stands_alone(task: &Task) -> bool {
    let is_literal = |conditions: &Vec<Node>| conditions.iter().all(|node| node.as_bool().is_ok());
    let settings =
        [Setting::DelegateTo, Setting::RunOnce, Setting::Throttle, Setting::CheckMode, Setting::IgnoreErrors];
    task.action.kind().is_control()
        || task.action.kind() == Kind::LvsVerify
        || task.looping.is_some()
        || task.register.is_some()
        || !task.until.is_empty()
        || task.retries.is_some()
        || task.failed_when.is_some()
        || !task.changed_when.as_ref().is_none_or(is_literal)
        || settings.iter().any(|setting| task.directives.get(*setting).is_some())
}

/// How many items these tasks span, with those between them that nobody asked for.
pub(super) fn skipped_with(items: &[Item], tasks: &[Arc<Task>]) -> usize {
    let last = tasks.last().map(Arc::as_ptr);
    let is_last = |item: &Item| matches!(item, Item::Task(task) if Some(Arc::as_ptr(task)) == last);
    items.iter().position(is_last).map_or(1, |position| position + 1)
}
