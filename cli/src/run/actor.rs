//! One host's way through a play: blocks, rescue, handlers, and what comes after a failure.

use std::{collections::BTreeSet, future::Future, pin::Pin, sync::Arc};

use lvs_agent::wire::{Failure, Mode};
use serde_json::json;

use super::{
    Connection, Verifier,
    course::Fate,
    done::Done,
    gate::{Position, Turn},
    memory::value_node,
    scope::TaskScope,
    stage::Stage,
    tally::Tally,
};
use crate::{
    module::{Kind, Meta, Scope},
    playbook::{Block, Item, Role, Setting, Strategy, Task},
    report::{Event, TaskEnd, TaskStatus},
    source::Diagnostics,
    yaml::Node,
};

/// The place of the first task: after everything that a play does before it.
const FIRST: usize = 1;

/// One host's way through a play.
pub(super) struct Actor<C, V> {
    pub(super) stage: Arc<Stage<C, V>>,
    /// Its place in the batch.
    pub(super) index: usize,
    pub(super) host: Arc<str>,
    pub(super) tally: Tally,
    /// Where it is.
    pub(super) position: Position,
    /// Handlers to run.
    pub(super) notified: BTreeSet<usize>,
    /// Blocks with a `rescue` around the present task.
    pub(super) rescuing: usize,
    /// The role that was ended last.
    pub(super) ended_role: Option<Arc<Role>>,
    /// What was last said to have failed, for people.
    pub(super) why: String,
}

/// How a host comes out of a play.
pub(super) struct Ending {
    pub(super) host: Arc<str>,
    pub(super) tally: Tally,
}

/// Why a host leaves a list of tasks early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// A task failed: a rescue may follow.
    Failed,
    /// The conversation is over.
    Lost,
    /// The run was stopped.
    Stopped,
    /// The role was ended.
    EndRole,
    /// The play was ended.
    End,
}

pub(super) type Flow = Result<(), Leave>;
type Going<'a> = Pin<Box<dyn Future<Output = Flow> + Send + 'a>>;

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    pub(super) fn new(stage: &Arc<Stage<C, V>>, index: usize, tally: Tally) -> Self {
        Self {
            stage: Arc::clone(stage),
            index,
            host: Arc::clone(&stage.hosts[index]),
            tally,
            position: Position::new(),
            notified: BTreeSet::new(),
            rescuing: 0,
            ended_role: None,
            why: String::new(),
        }
    }

    /// Goes through the play.
    pub(super) async fn carry_out(mut self) -> Ending {
        let stage = Arc::clone(&self.stage);
        let mut flow = self.begin();
        if flow.is_ok() {
            flow = self.items(&stage.play().items, FIRST).await;
            if flow == Err(Leave::EndRole) {
                flow = Ok(());
            }
        }
        if flow == Err(Leave::Failed) {
            if stage.play().force_handlers && !stage.stop.is_asked() {
                // The file that a handler reads is changed, and no later run would know.
                self.position = vec![usize::MAX];
                if self.flush().await == Err(Leave::Lost) {
                    flow = Err(Leave::Lost);
                }
            }
            let why = std::mem::take(&mut self.why);
            self.tally.drop_out(why);
        }
        if matches!(flow, Err(Leave::Failed | Leave::Lost)) {
            stage.note_out(&self.host);
        }
        stage.gate.leave(self.index, flow == Err(Leave::Failed), flow == Err(Leave::Lost));
        stage.reports.send(&Event::HostEnded { host: self.host.to_string() });
        Ending { host: self.host, tally: self.tally }
    }

    /// What a play does before its first task.
    fn begin(&mut self) -> Flow {
        let stage = Arc::clone(&self.stage);
        let play = stage.play();
        if let Err(mistakes) = stage.scopes.read_files(&self.host, &play.directives) {
            self.report_mistakes(&mistakes);
            return Err(Leave::Failed);
        }
        let takes = |task: &&Arc<Task>| stage.run.takes(task);
        let tasks = Item::tasks(&play.items).into_iter().filter(takes).count();
        stage.reports.send(&Event::HostStarted { host: self.host.to_string(), tasks });
        if play.gather_facts && stage.run.tags.takes(&["always".to_owned()]) {
            // They came with the connection.
            let end = TaskEnd {
                task: "Gathering Facts".to_owned(),
                module: Some(Kind::Setup),
                place: format!("{}:{}", play.span.source().name(), play.span.line()),
                ..self.task_end(TaskStatus::Ok)
            };
            self.tell(end);
        }
        Ok(())
    }

    fn report_mistakes(&mut self, mistakes: &Diagnostics) {
        let play = self.stage.play();
        let (task, place) = (play.name.clone(), format!("{}:{}", play.span.source().name(), play.span.line()));
        let failure = cannot_be_worked_out(mistakes);
        let end = TaskEnd { task, place, failure: Some(failure), ..self.task_end(TaskStatus::Failed) };
        self.why = format!("the play `{}` could not be worked out", self.stage.play().name);
        self.tell(end);
    }

    /// Goes through a list, whose first item stands at `first`.
    pub(super) fn items<'a>(&'a mut self, items: &'a [Item], first: usize) -> Going<'a> {
        Box::pin(async move {
            let mut index = 0;
            self.position.push(0);
            let flow = loop {
                let Some(item) = items.get(index) else { break Ok(()) };
                *self.position.last_mut().expect("it was pushed above") = first + index;
                let (flow, taken) = match item {
                    Item::Block(block) => (self.block(block).await, 1),
                    Item::Flush => (self.flush().await, 1),
                    Item::Task(task) if !self.stage.run.takes(task) => (Ok(()), 1),
                    Item::Task(task) => match self.together(&items[index..]) {
                        tasks if tasks.len() > 1 => {
                            (self.send_together(&tasks).await, skipped_with(&items[index..], &tasks))
                        }
                        _ => (self.task(task).await, 1),
                    },
                };
                index += taken;
                if flow == Err(Leave::EndRole) {
                    index += items[index..].iter().take_while(|item| self.is_of_ended_role(item)).count();
                    if index >= items.len() {
                        break flow;
                    }
                } else if flow.is_err() {
                    break flow;
                }
            };
            self.position.pop();
            flow
        })
    }

    fn is_of_ended_role(&self, item: &Item) -> bool {
        let Some(task) = Item::tasks(std::slice::from_ref(item)).first().copied() else { return false };
        match (&task.directives.role, &self.ended_role) {
            (Some(role), Some(ended)) => Arc::ptr_eq(role, ended),
            _ => false,
        }
    }

    /// The tasks from here on that go to the node in one message.
    fn together(&self, items: &[Item]) -> Vec<Arc<Task>> {
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

    async fn block(&mut self, block: &Block) -> Flow {
        let is_rescued = !block.rescue.is_empty();
        self.rescuing += usize::from(is_rescued);
        let mut flow = self.items(&block.tasks, 0).await;
        self.rescuing -= usize::from(is_rescued);
        if flow == Err(Leave::Failed) && is_rescued {
            self.why.clear();
            flow = self.items(&block.rescue, block.tasks.len()).await;
        }
        if matches!(flow, Ok(()) | Err(Leave::Failed)) && !block.always.is_empty() {
            let why = self.why.clone();
            let always = self.items(&block.always, block.tasks.len() + block.rescue.len()).await;
            if flow.is_err() && always == Err(Leave::Failed) {
                self.why = why;
            }
            flow = always.and(flow);
        }
        flow
    }

    /// Runs the handlers that were notified, in the order of the play.
    pub(super) async fn flush(&mut self) -> Flow {
        let mut index = 0;
        self.position.push(0);
        let flow = loop {
            // A handler may notify others, and include a role that brings some.
            let Some(next) = self.notified.range(index..).next().copied() else { break Ok(()) };
            self.notified.remove(&next);
            let Some(handler) = self.stage.handlers().get(next).cloned() else { break Ok(()) };
            *self.position.last_mut().expect("it was pushed above") = next;
            index = next + 1;
            let flow = self.task(&handler.task).await;
            if flow.is_err() {
                break flow;
            }
        };
        self.position.pop();
        flow
    }

    /// Carries out one task.
    pub(super) fn task<'a>(&'a mut self, task: &'a Arc<Task>) -> Going<'a> {
        Box::pin(async move {
            let stage = Arc::clone(&self.stage);
            let scope = stage.scopes.of(&self.host, &task.directives);
            let is_once = scope.flag(task.directives.get(Setting::RunOnce)).unwrap_or_default().unwrap_or(false);
            let turn = stage.gate.arrive(self.index, &self.position, task, is_once).await;
            if stage.stop.is_asked() {
                self.tally.drop_out(format!("stopped before `{}`", task.name));
                return Err(Leave::Stopped);
            }
            match turn {
                Turn::End => return Err(Leave::End),
                Turn::Fail => {
                    "other hosts failed".clone_into(&mut self.why);
                    return Err(Leave::Failed);
                }
                _ => {}
            }
            if !self.is_wanted(task, &scope).await? {
                return Ok(());
            }
            if let Turn::Follow(mut leader) = turn {
                let heard = leader.wait_for(Option::is_some).await.ok().and_then(|done| (*done).clone());
                return self.follow(task, &scope, heard.as_deref());
            }
            // What other hosts set in the meantime is known now.
            let scope = stage.scopes.of(&self.host, &task.directives);
            match task.action.kind() {
                Kind::Meta => return self.meta(task, &scope).await,
                Kind::IncludeTasks | Kind::IncludeRole => return self.include(task, &scope).await,
                _ => {}
            }
            let _permit = self.permit(task, &scope).await;
            let name = scope.text_or_raw(&task.name, &task.span);
            if task.action.kind().is_control() {
                stage.reports.send(&Event::TaskStarted { host: self.host.to_string(), task: name });
            }
            let done = self.perform(task, &scope).await;
            if let Turn::GoForAll(others) = turn {
                // Nobody may follow, which is fine.
                others.send_replace(Some(Arc::new(done.clone())));
            }
            self.finish(task, &scope, done)
        })
    }

    async fn permit(&self, task: &Arc<Task>, scope: &TaskScope) -> Option<tokio::sync::OwnedSemaphorePermit> {
        let node = task.directives.get(Setting::Throttle)?;
        let most = scope.render(node).ok()?.as_number::<u16>("a number of hosts").ok().filter(|most| *most > 0)?;
        self.stage.throttle(task, most.into()).acquire_owned().await.ok()
    }

    /// Takes over what a task that ran once, on another host, found out.
    fn follow(&mut self, task: &Task, scope: &TaskScope, done: Option<&Done>) -> Flow {
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
    fn fail_late(&mut self, task: &Task, failure: Failure) -> Flow {
        let end = TaskEnd { failure: Some(failure), ..self.end_of(task, TaskStatus::Failed) };
        self.why = format!("`{}` failed", task.name);
        self.tell(end);
        Err(Leave::Failed)
    }

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

    /// `meta`: it is no result of a task, and is not counted.
    async fn meta(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Flow {
        let holds = scope.all_hold(&task.directives.when);
        let meta = match (holds, task.action.resolve(scope)) {
            (Ok(Some(_)), _) => return Ok(()),
            (Ok(None), Ok(crate::module::Module::Control(crate::module::Control::Meta(meta)))) => meta,
            (Err(mistakes), _) | (_, Err(mistakes)) => return self.fail_late(task, cannot_be_worked_out(&mistakes)),
            _ => Meta::Noop,
        };
        match meta {
            Meta::FlushHandlers => self.flush().await,
            Meta::EndHost => Err(Leave::End),
            Meta::EndRole => {
                self.ended_role.clone_from(&task.directives.role);
                Err(Leave::EndRole)
            }
            Meta::EndPlay | Meta::EndBatch => {
                self.stage.gate.end();
                Err(Leave::End)
            }
            Meta::ClearFacts => {
                self.stage.memory.clear_facts(&self.host);
                Ok(())
            }
            Meta::Noop => Ok(()),
        }
    }

    /// Tells how a task ended, and counts it.
    pub(super) fn tell(&mut self, end: TaskEnd) {
        self.tally.count(&end);
        self.stage.reports.send(&Event::TaskEnded(end));
    }

    fn task_end(&self, status: TaskStatus) -> TaskEnd {
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
    fn told(&self, task: &Task, scope: &TaskScope, done: &Done, status: TaskStatus) -> TaskEnd {
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
            end.changes = if done.changes.is_empty() { Vec::new() } else { vec![lvs_agent::wire::Change::no_log()] };
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

fn without_text(change: &mut lvs_agent::wire::Change) {
    use lvs_agent::wire::Side;
    for side in [&mut change.before, &mut change.after] {
        if matches!(side, Side::Text(_)) {
            *side = Side::Hidden { why: "diff: false".to_owned() };
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
fn skipped_with(items: &[Item], tasks: &[Arc<Task>]) -> usize {
    let last = tasks.last().map(Arc::as_ptr);
    let is_last = |item: &Item| matches!(item, Item::Task(task) if Some(Arc::as_ptr(task)) == last);
    items.iter().position(is_last).map_or(1, |position| position + 1)
}

pub(super) fn cannot_be_worked_out(mistakes: &Diagnostics) -> Failure {
    Failure {
        tried: "work out what the play wants of this host".to_owned(),
        came_back: mistakes.render(false),
        hint: None,
    }
}
