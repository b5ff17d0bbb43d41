//! Carrying out one task on one host: its loop, its tries, and what its result counts as.

use std::{sync::Arc, time::Duration};

use lvs_agent::{
    state::{IpvsTable, Resource},
    wire::{self, Answer, Batch, Facts, Failure, Lookup, Mode},
};
use serde_json::Value as Json;

use super::{
    Broken, Connection, Verifier,
    actor::{Actor, Flow, Leave, cannot_be_worked_out},
    done::Done,
    loop_items,
    prepare::{Desk, Prepared, Work},
    scope::TaskScope,
    stop::PATIENCE,
    tracker::{Heard, Tracker},
};
use crate::{
    module::{self, Scope},
    playbook::{Loop, Setting, Task},
    report::Event,
    source::Diagnostics,
    yaml::Node,
};

/// Tries where `until` is given without `retries`, and seconds between them.
const TRIES: u32 = 3;
const DELAY: f64 = 5.0;

/// How work that was sent to a node came out.
enum Sent {
    /// Everything was answered, or what failed was the end of it.
    Answered,
    /// The conversation broke, in the middle of a task or between two.
    Lost { broken: Broken, is_under_way: bool },
}

/// The end of a task by the end of the conversation.
fn lost(broken: &Broken, is_under_way: bool) -> Done {
    if broken.is_taken_back {
        return Done { is_taken_back: true, ..Done::failed(broken.failure.clone()) };
    }
    let mut done = Done::unreachable(&broken.failure);
    if is_under_way {
        done.result.insert("was_under_way".to_owned(), true.into());
    }
    done
}

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

    /// Carries out a task, or one item of it, until it is as it should be.
    async fn tries(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Result<Done, Diagnostics> {
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

    /// Whether this task changes anything.
    fn mode_of(&self, task: &Task, scope: &TaskScope) -> Result<Mode, Diagnostics> {
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

    async fn once(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Result<Done, Diagnostics> {
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

    async fn make(&mut self, prepared: Prepared, target: &str, mode: Mode) -> Done {
        let prepared = [prepared];
        let mut ended = None;
        let sent = self
            .send(&prepared, target, mode, &mut |_, _, done| {
                ended = Some(done);
                false
            })
            .await;
        match sent {
            Sent::Lost { broken, is_under_way } => lost(&broken, is_under_way),
            Sent::Answered => ended.unwrap_or_default(),
        }
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
    async fn facts_of(&self, host: &str) -> Arc<Facts> {
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

    fn desk<'a>(&'a self, target: &'a str, facts: &'a Facts) -> Desk<'a> {
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
            match self.desk(&host, &facts).prepare(task, scope) {
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

    /// Sends prepared work to a node and follows it; `on_end` says whether to go on after what has ended.
    async fn send(
        &mut self,
        prepared: &[Prepared],
        target: &str,
        mode: Mode,
        on_end: &mut (dyn FnMut(&mut Self, usize, Done) -> bool + Send),
    ) -> Sent {
        let stage = Arc::clone(&self.stage);
        let mut tracker = Tracker::new(mode, prepared, self.tally.has_changes());
        let mut goes_on = true;
        let Some(member) = stage.crew.member(target) else {
            return Sent::Lost { broken: unexpected(gone()), is_under_way: false };
        };
        loop {
            for heard in tracker.settle() {
                goes_on &= self.heard(prepared, heard, on_end);
            }
            if tracker.is_over() || !goes_on {
                return Sent::Answered;
            }
            let mut line = member.lock().await;
            let steps = tracker.batch(line.next_step);
            line.next_step += steps.len() as u64;
            let Some(connection) = &mut line.connection else {
                return Sent::Lost { broken: unexpected(gone()), is_under_way: false };
            };
            let before = tracker.position();
            let mut on_event = |event: &wire::Event| {
                for heard in tracker.hear(event) {
                    goes_on &= self.heard(prepared, heard, on_end);
                }
            };
            let result = tokio::select! {
                result = connection.run(Batch { mode, steps }, &mut on_event) => result,
                () = stage.stop.patience_ends() => Err(unexpected(out_of_patience())),
            };
            match result {
                Err(broken) => {
                    line.connection = None;
                    return Sent::Lost { broken, is_under_way: tracker.is_under_way() };
                }
                // An agent that ends a batch without a word on what is left must not be asked for ever.
                Ok(()) if tracker.position() == before => {
                    let came_back = "the agent ended without a word on it".to_owned();
                    let failure = Failure { tried: "carry out the task".to_owned(), came_back, hint: None };
                    let heard = tracker.fail(failure);
                    self.heard(prepared, heard, on_end);
                    return Sent::Answered;
                }
                Ok(()) => {}
            }
        }
    }

    fn heard(
        &mut self,
        prepared: &[Prepared],
        heard: Heard,
        on_end: &mut (dyn FnMut(&mut Self, usize, Done) -> bool + Send),
    ) -> bool {
        let host = || self.host.to_string();
        match heard {
            Heard::Started(index) => {
                let event = Event::TaskStarted { host: host(), task: prepared[index].name.clone() };
                self.stage.reports.send(&event);
                true
            }
            Heard::Output(index, stream, line) => {
                let task = prepared[index].name.clone();
                self.stage.reports.send(&Event::Output { host: host(), task, stream, line });
                true
            }
            Heard::Ended(index, done) => on_end(self, index, done),
        }
    }

    /// Keeps a director's table from sending to hosts that may not be ready.
    async fn guard(&mut self, prepared: &mut [Prepared], target: &str) -> Result<(), Failure> {
        for task in prepared {
            let Work::Make(all) = &mut task.work else { continue };
            let mut tables = Vec::new();
            for wanted in all.iter_mut() {
                if let Resource::Ipvs(table) = &mut wanted.resource
                    && self.stage.readiness.concerns(table)
                {
                    *table = self.guarded(table, target).await?;
                    tables.push(table.clone());
                }
            }
            // A boot must not send to them either.
            for table in tables {
                module::follow(all, &table);
            }
        }
        Ok(())
    }

    async fn guarded(&self, table: &IpvsTable, target: &str) -> Result<IpvsTable, Failure> {
        let Some(member) = self.stage.crew.member(target) else { return Err(gone()) };
        let mut line = member.lock().await;
        let Some(connection) = &mut line.connection else { return Err(gone()) };
        let present = match connection.lookup(Lookup::Ipvs).await {
            Ok(Ok(Answer::Ipvs(table))) => table,
            // Without IPVS in its kernel there is nothing that it sends to.
            Ok(_) => wire::LiveTable::default(),
            Err(failure) => {
                line.connection = None;
                return Err(failure);
            }
        };
        let (guarded, notes) = self.stage.readiness.guard(table, &present);
        for note in notes {
            self.stage.reports.note(Some(target), note);
        }
        Ok(guarded)
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
fn with_result(task: &Task, scope: &TaskScope, done: &Done) -> TaskScope {
    match &task.register {
        Some(name) => scope.with_value(name, done.result.clone().into()),
        None => scope.clone(),
    }
}

fn seconds(node: &Node) -> Result<f64, Diagnostics> {
    Ok(node.parse("a number of seconds")?)
}

fn unexpected(failure: Failure) -> Broken {
    Broken { failure, is_taken_back: false }
}

fn gone() -> Failure {
    let came_back = "the connection was lost before".to_owned();
    Failure { tried: "speak with the node".to_owned(), came_back, hint: None }
}

fn out_of_patience() -> Failure {
    Failure {
        tried: "wait for the steps that were under way when the run was stopped".to_owned(),
        came_back: format!("they did not end within {} s", PATIENCE.as_secs()),
        hint: Some("a second run takes up where this one ended".to_owned()),
    }
}
