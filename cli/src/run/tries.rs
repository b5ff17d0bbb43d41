//! The tries of one task: until it is as it should be, and what the result of each counts as.

use std::{sync::Arc, time::Duration};

use lvs_agent::wire::{Failure, Mode};

use super::{Connection, Verifier, actor::Actor, done::Done, scope::TaskScope};
use crate::{module::Scope, playbook::Task, source::Diagnostics, yaml::Node};

/// Tries where `until` is given without `retries`, and seconds between them.
const TRIES: u32 = 3;
const DELAY: f64 = 5.0;

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Carries out a task, or one item of it, until it is as it should be.
    pub(super) async fn tries(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Result<Done, Diagnostics> {
        if task.until.is_empty() && task.retries.is_none() {
            let mut done = self.once(task, scope).await?;
            judge(task, scope, &mut done)?;
            return Ok(done);
        }
        // As in Ansible: `retries` are the tries after the first.
        let tries = match &task.retries {
            Some(node) => scope.render(node)?.as_number::<u32>("a number of tries")?.saturating_add(1).max(1),
            None => TRIES,
        };
        let delay = task.delay.as_ref().map(|node| seconds(&scope.render(node)?)).transpose()?.unwrap_or(DELAY);
        for number in 1..=tries {
            let mut done = self.once(task, scope).await?;
            judge(task, scope, &mut done)?;
            if done.is_skipped() || done.is_unreachable {
                return Ok(done);
            }
            done.result.insert("attempts".to_owned(), number.into());
            let is_enough = if task.until.is_empty() {
                !done.is_failed()
            } else {
                with_result(task, scope, &done).all_hold(&task.until)?.is_none()
            };
            // In check mode nothing becomes different by waiting.
            if is_enough || self.mode_of(task, scope)? == Mode::Check {
                return Ok(done);
            }
            if number == tries || self.stage.stop.is_asked() {
                done.result.insert("attempts".to_owned(), tries.saturating_sub(1).into());
                if !done.is_failed() {
                    let came_back = format!("it was not so after {tries} tries");
                    done.fail(Failure { tried: "wait until a condition holds".to_owned(), came_back, hint: None });
                }
                return Ok(done);
            }
            let text = format!("`{}`: try {number} of {tries} was not enough", task.name);
            self.stage.reports.note(Some(&self.host), text);
            self.wait(delay).await;
        }
        Ok(Done::default())
    }

    /// Waits, unless the run is stopped.
    pub(super) async fn wait(&self, seconds: f64) {
        let time = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX);
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stage.stop.asked() => {}
        }
    }
}

/// What a result counts as: `changed_when`, then `failed_when`.
fn judge(task: &Task, scope: &TaskScope, done: &mut Done) -> Result<(), Diagnostics> {
    if done.is_skipped() || done.is_unreachable || done.is_unknown {
        return Ok(());
    }
    if let Some(conditions) = &task.changed_when {
        let changed = with_result(task, scope, done).all_hold(conditions)?.is_none();
        done.result.insert("changed".to_owned(), changed.into());
    }
    if let Some(conditions) = &task.failed_when {
        let failed = with_result(task, scope, done).all_hold(conditions)?.is_none();
        done.result.insert("failed_when_result".to_owned(), failed.into());
        if !failed {
            done.result.insert("failed".to_owned(), false.into());
            done.failure = None;
        } else if !done.is_failed() {
            let came_back = conditions.iter().filter_map(|node| node.to_text().ok()).collect::<Vec<_>>().join(" and ");
            done.fail(Failure { tried: "accept the result, by `failed_when`".to_owned(), came_back, hint: None });
        }
    }
    Ok(())
}

/// The variables of a task with its result under the name that it is registered as.
pub(super) fn with_result(task: &Task, scope: &TaskScope, done: &Done) -> TaskScope {
    match &task.register {
        Some(name) => scope.with_value(name, done.result.clone().into()),
        None => scope.clone(),
    }
}

pub(super) fn seconds(node: &Node) -> Result<f64, Diagnostics> {
    Ok(node.parse("a number of seconds")?)
}
