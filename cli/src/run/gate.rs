//! Keeps the hosts of a batch in step (`strategy: linear`): all end a task before one of them begins the next.
//!
//! Every host goes through the play by itself and waits here before each task. When all that take part wait, those that
//! are furthest back go on: a host in a `rescue` or with handlers to run is waited for. With `strategy: free` nobody
//! waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{oneshot, watch};

use super::{
    course::{Course, Fate, Verdict},
    done::Done,
};
use crate::playbook::{Strategy, Task};

/// Where a host is: places in lists of tasks, from the outermost to the innermost.
pub(super) type Position = Vec<usize>;

/// What a host does at a task.
pub(super) enum Turn {
    /// It carries the task out.
    Go,
    /// It carries the task out for all (`run_once`), and tells how it ended.
    GoForAll(watch::Sender<Option<Arc<Done>>>),
    /// Another host carries the task out for it.
    Follow(watch::Receiver<Option<Arc<Done>>>),
    /// It fails, since others did.
    Fail,
    /// The batch, or the play, was ended.
    End,
}

/// Keeps the hosts of a batch in step.
pub(super) struct Gate {
    is_free: bool,
    state: Mutex<State>,
}

struct State {
    course: Course,
    active: BTreeSet<usize>,
    waiting: BTreeMap<usize, Waiting>,
    ended: bool,
}

struct Waiting {
    position: Position,
    /// Which task: hosts can be at different ones at the same place, where each included a file of its own.
    task: usize,
    is_once: bool,
    turn: oneshot::Sender<Turn>,
}

impl Gate {
    pub(super) fn new(strategy: Strategy, course: Course, hosts: usize) -> Self {
        let state = State { course, active: (0..hosts).collect(), waiting: BTreeMap::new(), ended: false };
        Self { is_free: strategy == Strategy::Free, state: Mutex::new(state) }
    }

    /// Waits until it is a host's turn at a task.
    pub(super) async fn arrive(&self, host: usize, position: &Position, task: &Arc<Task>, is_once: bool) -> Turn {
        let (turn, receiver) = oneshot::channel();
        {
            let mut state = self.lock();
            if self.is_free {
                return if state.ended { Turn::End } else { Turn::Go };
            }
            let task = Arc::as_ptr(task).addr();
            state.waiting.insert(host, Waiting { position: position.clone(), task, is_once, turn });
            state.let_through();
        }
        // The gate outlives every host, and answers each once.
        receiver.await.unwrap_or(Turn::End)
    }

    /// A task ended on a host.
    pub(super) fn ended(&self, host: usize, fate: Fate) {
        if !self.is_free {
            self.lock().course.ended(host, fate);
        }
    }

    /// A host has come to the end of the play: well, by a failure, or by being lost.
    pub(super) fn leave(&self, host: usize, failed: bool, lost: bool) {
        let mut state = self.lock();
        state.active.remove(&host);
        if lost {
            state.course.lost(host);
        } else if failed {
            state.course.failed(host);
        }
        state.let_through();
    }

    /// Ends the play for all hosts (`meta: end_play`).
    pub(super) fn end(&self) {
        self.lock().ended = true;
    }

    /// What has come of the batch.
    pub(super) fn into_course(self) -> Course {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).course
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// If all wait, lets those go on that are furthest back.
    fn let_through(&mut self) {
        if self.waiting.is_empty() || self.waiting.len() < self.active.len() {
            return;
        }
        if self.ended {
            return self.tell_all(|_| true, || Turn::End);
        }
        let left: BTreeSet<usize> = self.waiting.keys().copied().collect();
        if let (Verdict::FailToo, hosts) = self.course.round_over(&left)
            && !hosts.is_empty()
        {
            // Those that failed by themselves are on their way to a rescue, and wait for the others.
            return self.tell_all(|host| hosts.contains(&host), || Turn::Fail);
        }
        let Some(first) = self.waiting.values().map(|waiting| (&waiting.position, waiting.task)).min() else { return };
        let (position, task) = (first.0.clone(), first.1);
        let here = |waiting: &Waiting| waiting.position == position && waiting.task == task;
        let hosts: Vec<usize> =
            self.waiting.iter().filter(|(_, waiting)| here(waiting)).map(|(host, _)| *host).collect();
        let mut shared: Option<watch::Receiver<Option<Arc<Done>>>> = None;
        for host in hosts {
            let Some(waiting) = self.waiting.remove(&host) else { continue };
            let turn = match (&shared, waiting.is_once) {
                (_, false) => Turn::Go,
                (Some(shared), true) => Turn::Follow(shared.clone()),
                (None, true) => {
                    let (sender, receiver) = watch::channel(None);
                    shared = Some(receiver);
                    Turn::GoForAll(sender)
                }
            };
            // A host that has gone away takes no turn.
            let _ = waiting.turn.send(turn);
        }
    }

    fn tell_all(&mut self, which: impl Fn(usize) -> bool, turn: impl Fn() -> Turn) {
        let hosts: Vec<usize> = self.waiting.keys().copied().filter(|host| which(*host)).collect();
        for host in hosts {
            if let Some(waiting) = self.waiting.remove(&host) {
                let _ = waiting.turn.send(turn());
            }
        }
    }
}
