//! One host's way through a play: blocks, rescue and handlers, by plain recursion.

use std::{collections::BTreeSet, future::Future, pin::Pin, sync::Arc};

use lvs_agent::wire::Failure;

use super::{
    Connection, Verifier,
    gate::{Position, Turn},
    message::skipped_with,
    scope::TaskScope,
    stage::Stage,
    tally::Tally,
};
use crate::{
    module::{Kind, Scope},
    playbook::{Block, Item, Role, Setting, Task},
    report::{Event, TaskEnd, TaskStatus},
    source::Diagnostics,
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
            let is_told_to_all = scope.flag(task.directives.get(Setting::RunOnce)).unwrap_or_default().unwrap_or(false);
            let is_once = is_told_to_all || task.action.kind() == Kind::Pause;
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
                // Nobody waits twice, and what was answered is known to the host that asked; as in Ansible.
                if task.action.kind() == Kind::Pause && !is_told_to_all {
                    let _ = leader.wait_for(Option::is_some).await;
                    return Ok(());
                }
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
}

pub(super) fn cannot_be_worked_out(mistakes: &Diagnostics) -> Failure {
    Failure {
        tried: "work out what the play wants of this host".to_owned(),
        came_back: mistakes.render(false),
        hint: None,
    }
}
