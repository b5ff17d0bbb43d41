//! One batch of hosts of a play: what they share while each goes through it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use lvs_agent::wire::Mode;
use tokio::sync::Semaphore;

use super::{Crew, Run, Stop, gate::Gate, memory::Memory, readiness::Readiness, scopes::Scopes, step::Answers};
use crate::{
    inventory::Vars,
    module::Control,
    playbook::{Brought, Handler, Play, Task, bring},
    report::Reports,
    source::Diagnostics,
};

/// One batch of hosts of a play.
pub(super) struct Stage<C, V> {
    pub(super) run: Arc<Run>,
    pub(super) mode: Mode,
    pub(super) play: usize,
    pub(super) hosts: Vec<Arc<str>>,
    pub(super) crew: Arc<Crew<C>>,
    pub(super) memory: Arc<Memory>,
    pub(super) scopes: Scopes,
    pub(super) gate: Gate,
    pub(super) readiness: Readiness,
    pub(super) verifier: Arc<V>,
    pub(super) stop: Stop,
    pub(super) reports: Reports,
    /// The play's handlers, and those that roles brought in the meantime.
    pub(super) handlers: Mutex<Vec<Handler>>,
    /// What dynamic includes brought, so that all hosts have the same tasks.
    pub(super) brought: Mutex<HashMap<String, Arc<Brought>>>,
    pub(super) throttles: Mutex<HashMap<usize, Arc<Semaphore>>>,
    /// What was answered about its tasks (`--step`).
    pub(super) answers: Answers,
}

impl<C, V> Stage<C, V> {
    pub(super) fn play(&self) -> &Play {
        &self.run.playbook.plays[self.play]
    }

    /// The handlers as they are now.
    pub(super) fn handlers(&self) -> Vec<Handler> {
        self.handlers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The handlers that a name notifies: the one of that name, and all that listen.
    pub(super) fn hearing(&self, name: &str) -> Vec<usize> {
        let handlers = self.handlers.lock().unwrap_or_else(PoisonError::into_inner);
        // Of several of that name those of the last role count, or the play's own; of these, the first.
        let role_of = |handler: &Handler| handler.task.directives.role.as_ref().map(Arc::as_ptr);
        let last = handlers.iter().rfind(|handler| handler.is_named(name)).map(role_of);
        let named = handlers.iter().position(|handler| handler.is_named(name) && Some(role_of(handler)) == last);
        let listening =
            handlers.iter().enumerate().filter(|(_, handler)| handler.listens(name)).map(|(index, _)| index);
        let mut hearing: Vec<usize> = named.into_iter().chain(listening).collect();
        hearing.dedup();
        hearing
    }

    /// What a dynamic include brings; every host that asks for the same gets the same.
    pub(super) fn bring(&self, task: &Arc<Task>, control: &Control, params: Vars) -> Result<Arc<Brought>, Diagnostics> {
        let Control::Include { bringing, apply, place } = control else { return Ok(Arc::default()) };
        let named: Vec<String> = params.iter().map(|(name, node)| format!("{name}={}", node.to_json())).collect();
        let key = format!("{:p} {bringing:?} {}", Arc::as_ptr(task), named.join("\n"));
        let mut brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = brought.get(&key) {
            return Ok(Arc::clone(known));
        }
        let (library, folder) = (&self.run.library, &self.run.playbook.folder);
        let new = bring(library, folder, task, bringing, params, apply.as_ref(), &place.span)?;
        self.handlers.lock().unwrap_or_else(PoisonError::into_inner).extend(new.handlers.iter().cloned());
        for warning in &new.warnings {
            self.reports.note(None, crate::source::Diagnostics::from(warning.clone()).render_warnings(false));
        }
        let new = Arc::new(new);
        brought.insert(key, Arc::clone(&new));
        Ok(new)
    }

    /// Lets at most so many hosts carry out a task at the same time.
    pub(super) fn throttle(&self, task: &Arc<Task>, most: usize) -> Arc<Semaphore> {
        let mut throttles = self.throttles.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Arc::as_ptr(task).addr();
        Arc::clone(throttles.entry(key).or_insert_with(|| Arc::new(Semaphore::new(most.max(1)))))
    }

    /// A host has left the play by a failure.
    pub(super) fn note_out(&self, host: &str) {
        let mut out = self.scopes.names.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.push(host.to_owned());
    }
}
