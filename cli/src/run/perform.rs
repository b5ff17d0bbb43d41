//! Carrying out one task on one host: its loop, where it is done, and by whom.

use std::sync::Arc;

use lvs_agent::{
    state::Resource,
    wire::{self, Facts, Failure, Mode},
};
use serde_json::Value as Json;

use super::{
    Connection, Verifier,
    actor::{Actor, cannot_be_worked_out},
    delivery::{gone, out_of_patience},
    done::Done,
    loop_items,
    prepare::{Desk, Prepared, Work},
    scope::TaskScope,
    tries::{seconds, with_result},
};
use crate::{
    module::{Control, Scope},
    playbook::{Loop, Setting, Task},
    report::Event,
    source::Diagnostics,
};

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Carries out a task with its loop.
    pub(super) async fn perform(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Done {
        let result = match &task.looping {
            None => self.tries(task, scope).await,
            Some(looping) => self.each(task, looping, scope).await,
        };
        result.unwrap_or_else(|mistakes| mistaken(task, &mistakes))
    }

    async fn each(&mut self, task: &Arc<Task>, looping: &Loop, scope: &TaskScope) -> Result<Done, Diagnostics> {
        let items = match loop_items::items(looping, scope) {
            Ok(items) => items,
            // A condition that does not hold whatever the item is spares the loop.
            Err(mistakes) => match scope.all_hold(&task.directives.when) {
                Ok(Some(condition)) => return Ok(Done::skipped(condition.to_text().ok(), None)),
                _ => return Err(mistakes),
            },
        };
        let mut ended = Vec::new();
        for index in 0..items.len() {
            let item_scope = scope.with(loop_items::variables(looping, &items, index));
            let mut done = match self.tries(task, &item_scope).await {
                Ok(done) => done,
                Err(mistakes) => mistaken(task, &mistakes),
            };
            done.result.insert(looping.variable.clone(), items[index].to_json());
            done.result.insert("ansible_loop_var".to_owned(), looping.variable.as_str().into());
            if let Some(name) = &looping.index {
                done.result.insert(name.clone(), index.into());
                done.result.insert("ansible_index_var".to_owned(), name.as_str().into());
            }
            let is_over = done.is_unreachable || is_broken_off(task, looping, &item_scope, &done)?;
            self.remember_item(&done);
            ended.push(done);
            if is_over {
                break;
            }
            if let Some(pause) = looping.pause.as_ref().filter(|_| index + 1 < items.len()) {
                self.wait(seconds(&item_scope.render(pause)?)?).await;
            }
        }
        Ok(Done::of_items(ended))
    }

    /// Facts that one item finds out are known to the next.
    fn remember_item(&self, done: &Done) {
        if let Some(Json::Object(facts)) = done.result.get("ansible_facts") {
            for (name, value) in facts {
                self.stage.memory.set(&self.host, name, super::memory::value_node(value.clone()));
            }
        }
    }

    /// Whether this task changes anything.
    pub(super) fn mode_of(&self, task: &Task, scope: &TaskScope) -> Result<Mode, Diagnostics> {
        Ok(match scope.flag(task.directives.get(Setting::CheckMode))? {
            Some(true) => Mode::Check,
            Some(false) => Mode::Apply,
            None => self.stage.mode,
        })
    }

    /// The host whose node is worked on.
    pub(super) fn target(&self, task: &Task, scope: &TaskScope) -> Result<Arc<str>, Diagnostics> {
        match task.directives.get(Setting::DelegateTo) {
            None => Ok(Arc::clone(&self.host)),
            Some(node) => Ok(Arc::from(scope.render(node)?.to_text()?)),
        }
    }

    pub(super) async fn once(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Result<Done, Diagnostics> {
        // A task that is not for this host asks nothing of another.
        if let Some(condition) = scope.all_hold(&task.directives.when)? {
            return Ok(Done::skipped(condition.to_text().ok(), None));
        }
        let target = self.target(task, scope)?;
        let is_elsewhere = target != self.host;
        if is_elsewhere
            && !task.action.kind().is_control()
            && let Err(failure) = self.stage.crew.reach(&target).await
        {
            return Ok(Done::unreachable(&failure));
        }
        let facts = self.facts_of(&target).await;
        let prepared = self.desk(&target, &facts).prepare(task, scope.clone())?;
        let mode = self.mode_of(task, scope)?;
        let mut prepared = [prepared];
        if let Err(failure) = self.guard(&mut prepared, &target).await {
            return Ok(Done::unreachable(&failure));
        }
        let [prepared] = prepared;
        let mut done = match &prepared.work {
            Work::Ended(done) => (**done).clone(),
            Work::Control(Control::Reboot(reboot)) => self.reboot(&prepared, reboot, &target, mode).await,
            Work::Control(control) => self.decide(task, control, scope, &target).await?,
            Work::Verify(_) if mode == Mode::Check => Done::skipped(None, Some("only an apply is verified".to_owned())),
            Work::Verify(verify) => self.verify(&prepared.name, verify).await,
            Work::Make(_) => {
                let is_untold = mode == Mode::Check && self.stage.mode == Mode::Apply && is_only_run(&prepared);
                let mut done = self.make(prepared, &target, mode).await;
                if is_untold && done.is_changed() {
                    // As in Ansible: nobody knows what a command would do.
                    done.changes.clear();
                    done.result.insert("changed".to_owned(), false.into());
                    done.result.insert("skipped".to_owned(), true.into());
                }
                done
            }
        };
        if is_elsewhere {
            done.result.insert("_ansible_delegated_vars".to_owned(), serde_json::json!({ "ansible_host": &*target }));
        }
        Ok(done)
    }

    async fn verify(&mut self, name: &str, verify: &crate::module::LvsVerify) -> Done {
        let stage = Arc::clone(&self.stage);
        stage.reports.send(&Event::TaskStarted { host: self.host.to_string(), task: name.to_owned() });
        let Some(member) = stage.crew.member(&self.host) else { return Done::unreachable(&gone()) };
        let mut line = member.lock().await;
        let Some(connection) = &mut line.connection else { return Done::unreachable(&gone()) };
        let verdict = tokio::select! {
            verdict = stage.verifier.verify(&self.host, verify, connection) => Some(verdict),
            () = stage.stop.patience_ends() => None,
        };
        let Some(verdict) = verdict else {
            line.connection = None;
            return Done::unreachable(&out_of_patience());
        };
        let mut done = Done::ok(wire::Values::new());
        done.findings = verdict.findings;
        if let Some(failure) = verdict.failure {
            done.fail(failure);
        }
        done
    }

    /// What a node is; a default where nobody asked it.
    pub(super) async fn facts_of(&self, host: &str) -> Arc<Facts> {
        let known = self.stage.memory.of(host);
        if !known.facts.is_empty() || host == &*self.host {
            return known.node;
        }
        if let Some(member) = self.stage.crew.member(host)
            && let Some(connection) = &member.lock().await.connection
        {
            return Arc::new(connection.facts().clone());
        }
        known.node
    }

    pub(super) fn desk<'a>(&'a self, target: &'a str, facts: &'a Facts) -> Desk<'a> {
        let super::stage::Stage { run, readiness, memory, .. } = &*self.stage;
        Desk {
            site: &run.site,
            host: target,
            facts,
            readiness,
            rights: &run.options.rights,
            login: memory.login(target),
        }
    }
}

/// Whether it is a command of which nothing says whether its work is done.
fn is_only_run(prepared: &Prepared) -> bool {
    let Work::Make(wanted) = &prepared.work else { return false };
    wanted.iter().any(|wanted| {
        matches!(&wanted.resource, Resource::Command(command) if command.creates.is_none() && command.removes.is_none())
    })
}

fn mistaken(task: &Task, mistakes: &Diagnostics) -> Done {
    if task.no_log() {
        return Done::failed(Failure::no_log());
    }
    let mut done = Done::failed(cannot_be_worked_out(mistakes));
    let titles: Vec<&str> = mistakes.all().iter().map(crate::source::Diagnostic::title).collect();
    done.result.insert("msg".to_owned(), titles.join("; ").into());
    done
}

fn is_broken_off(task: &Task, looping: &Loop, scope: &TaskScope, done: &Done) -> Result<bool, Diagnostics> {
    if looping.break_when.is_empty() || done.is_skipped() {
        return Ok(false);
    }
    Ok(with_result(task, scope, done).all_hold(&looping.break_when)?.is_none())
}
