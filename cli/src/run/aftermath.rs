//! What follows when a task has ended on a host: what is remembered, who is notified, and whether the host goes on.

use lvs_agent::wire::{Failure, Mode};
use serde_json::json;

use super::{
    Connection, Verifier,
    actor::{Actor, Flow, Leave, cannot_be_worked_out},
    course::Fate,
    done::Done,
    memory::value_node,
    scope::TaskScope,
};
use crate::{
    module::{Kind, Scope},
    playbook::{Setting, Task},
    report::{Event, TaskEnd, TaskStatus},
};

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// A task has ended: what is kept of it, what is told of it, and what follows.
    pub(super) fn finish(&mut self, task: &Task, scope: &TaskScope, done: Done) -> Flow {
        self.remember(task, &done);
        let flag = |setting| scope.flag(task.directives.get(setting)).ok().flatten().unwrap_or(false);
        let is_fatal = (flag(Setting::AnyErrorsFatal) || flag(Setting::RunOnce)) && !flag(Setting::IgnoreErrors);
        let status = done.status(self.stage.mode == Mode::Check);
        let mut end = self.told(task, scope, &done, status);
        if done.is_unreachable {
            let ignored = flag(Setting::IgnoreUnreachable);
            self.stage.gate.ended(self.index, Fate { unreachable: true, is_everybodys: is_fatal, failed: false });
            if !ignored {
                return self.lose(end, &done);
            }
            self.ignore(end);
            return Ok(());
        }
        if done.is_taken_back {
            // What a `rescue` or the next task would build on is no longer there.
            self.stage.gate.ended(self.index, Fate { failed: true, unreachable: false, is_everybodys: is_fatal });
            self.tally.taken_back(format!("`{}` was not confirmed over a fresh connection", end.task));
            self.tell(end);
            return Err(Leave::Lost);
        }
        let is_failed = status == TaskStatus::Failed;
        if !is_failed {
            self.tell(end);
            return if done.is_changed() { self.notify(task, scope) } else { Ok(()) };
        }
        if flag(Setting::IgnoreErrors) {
            self.ignore(end);
            return Ok(());
        }
        self.stage.gate.ended(self.index, Fate { failed: true, unreachable: false, is_everybodys: is_fatal });
        self.why = format!("`{}` failed", end.task);
        if self.rescuing > 0 {
            end.rescued = true;
            let name = if task.is_named { end.task.as_str() } else { "" };
            let failed = json!({ "name": name, "action": task.action.kind().name() });
            self.stage.memory.set(&self.host, "ansible_failed_task", value_node(failed));
            self.stage.memory.set(&self.host, "ansible_failed_result", value_node(done.result.into()));
        }
        self.tell(end);
        Err(Leave::Failed)
    }

    /// Takes over what a task that ran once, on another host, found out.
    pub(super) fn follow(&mut self, task: &Task, scope: &TaskScope, done: Option<&Done>) -> Flow {
        let Some(done) = done else {
            self.why = format!("`{}` ran on another host, and did not end", task.name);
            return Err(Leave::Failed);
        };
        self.remember(task, done);
        let ignores = scope.flag(task.directives.get(Setting::IgnoreErrors)).ok().flatten().unwrap_or(false);
        if (done.is_failed() || done.is_unreachable) && !ignores {
            self.why = format!("`{}` failed, which ran once for all hosts", task.name);
            return Err(Leave::Failed);
        }
        // Handlers are notified on the host on which it ran, and there only.
        Ok(())
    }

    /// Keeps the result and the facts of a task.
    pub(super) fn remember(&self, task: &Task, done: &Done) {
        let memory = &self.stage.memory;
        if let Some(serde_json::Value::Object(facts)) = done.result.get("ansible_facts") {
            if task.action.kind() == Kind::SetFact {
                for (name, value) in facts {
                    memory.set(&self.host, name, value_node(value.clone()));
                }
            } else {
                memory.add_facts(&self.host, facts);
            }
        }
        if let Some(name) = &task.register {
            memory.set(&self.host, name, value_node(done.result.clone().into()));
        }
    }

    fn notify(&mut self, task: &Task, scope: &TaskScope) -> Flow {
        for node in &task.directives.notify {
            let names = match scope.render(node) {
                Ok(names) => names,
                Err(mistakes) => return self.fail_late(task, cannot_be_worked_out(&mistakes)),
            };
            for name in names.as_list_or_one() {
                let name = name.to_text().unwrap_or_default();
                let hearing = self.stage.hearing(&name);
                if hearing.is_empty() {
                    let came_back = format!("the play has no handler `{name}`");
                    let failure = Failure { tried: "notify a handler".to_owned(), came_back, hint: None };
                    return self.fail_late(task, failure);
                }
                self.notified.extend(hearing);
            }
        }
        Ok(())
    }

    /// A task went well, and what should follow from it cannot be.
    pub(super) fn fail_late(&mut self, task: &Task, failure: Failure) -> Flow {
        let end = TaskEnd { failure: Some(failure), ..self.end_of(task, TaskStatus::Failed) };
        self.why = format!("`{}` failed", task.name);
        self.tell(end);
        Err(Leave::Failed)
    }

    fn ignore(&mut self, end: TaskEnd) {
        self.tell(TaskEnd { ignored: true, ..end });
    }

    fn lose(&mut self, end: TaskEnd, done: &Done) -> Flow {
        let failure = done.failure.clone().unwrap_or_default();
        let host = self.host.to_string();
        if done.result.contains_key("was_under_way") {
            self.tell(end);
            self.tally.lost_in_the_middle(&failure);
            // What came back was told with the task.
            let came_back = "the connection was lost in the middle of the task above".to_owned();
            let failure = Failure { tried: "go on with this host".to_owned(), came_back, hint: None };
            self.stage.reports.send(&Event::HostUnreachable { host, failure });
        } else {
            self.tally.lost(&failure);
            self.stage.reports.send(&Event::HostUnreachable { host, failure });
        }
        Err(Leave::Lost)
    }
}
