//! Asking before each task (`--step`).

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Mutex;

use super::{
    Connection, Verifier,
    actor::{Actor, Leave},
    gate::Position,
    scope::TaskScope,
};
use crate::{module::Kind, playbook::Task};

/// What is to become of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is carried out.
    Yes,
    /// It is left out.
    No,
    /// It is carried out, and so is all that follows, without another question.
    Rest,
    /// The run ends here.
    Stop,
}

/// Asks about a task, by its name.
type Ask = dyn Fn(String) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync;

/// Asks before each task, once for all hosts of a batch. Copies are of the same.
#[derive(Clone)]
pub struct Step {
    ask: Arc<Ask>,
    rest: Arc<AtomicBool>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("rest", &self.rest).finish_non_exhaustive()
    }
}

impl Step {
    /// Asks in this way.
    pub fn new(ask: impl Fn(String) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync + 'static) -> Self {
        Self { ask: Arc::new(ask), rest: Arc::default() }
    }
}

/// What was answered in a batch, by the place of the task and the task.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<(Position, usize), Answer>>);

impl Answers {
    /// What is to become of a task; the first host that comes to it asks.
    pub(super) async fn of(&self, step: &Step, position: &Position, task: usize, name: String) -> Answer {
        if step.rest.load(Ordering::Relaxed) {
            return Answer::Yes;
        }
        // The others wait here for the answer.
        let mut answers = self.0.lock().await;
        if let Some(answer) = answers.get(&(position.clone(), task)) {
            return *answer;
        }
        if step.rest.load(Ordering::Relaxed) {
            return Answer::Yes;
        }
        let answer = (step.ask)(name).await;
        if answer == Answer::Rest {
            step.rest.store(true, Ordering::Relaxed);
        }
        answers.insert((position.clone(), task), answer);
        answer
    }
}

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Whether a task is to be carried out, where each is asked about.
    pub(super) async fn is_wanted(&mut self, task: &Arc<Task>, scope: &TaskScope) -> Result<bool, Leave> {
        let stage = Arc::clone(&self.stage);
        let Some(step) = stage.run.options.step.as_ref().filter(|_| task.action.kind() != Kind::Meta) else {
            return Ok(true);
        };
        let name = scope.text_or_raw(&task.name, &task.span);
        let answer = tokio::select! {
            answer = stage.answers.of(step, &self.position, Arc::as_ptr(task).addr(), name) => answer,
            () = stage.stop.asked() => Answer::Stop,
        };
        if answer == Answer::Stop {
            stage.stop.now();
            self.tally.drop_out(format!("stopped before `{}`", task.name));
            return Err(Leave::Stopped);
        }
        Ok(answer != Answer::No)
    }
}
