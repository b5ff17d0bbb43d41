//! Taking back what a run did on this node: the inverse of every change, the newest first, and then the network.

use std::{cell::RefCell, collections::BTreeMap, fs, io};

use super::{Armed, Guard, Snapshot, firewall::Firewall};
use crate::{
    converge::Engine,
    json,
    node::{Attributes, Folder, Journal, Node, Ownership, replace, sync_parent},
    state::Resource,
    wire::{Change, Failure, Mode, Outcome, RolledBack, Step},
};

/// How often the network is compared: what goes may take with it what was to stay.
const PASSES: usize = 3;

/// What is added to a run's name to name what takes it back.
const SUFFIX: &str = ".back";

/// What has come of it so far.
struct Work<'a> {
    node: &'a Node,
    journal: Journal,
    steps: u64,
    told: RolledBack,
}

/// Takes back a run. What cannot be taken back does not keep the rest from it.
pub(super) fn roll_back(node: &Node, armed: &Armed, reason: &str) -> RolledBack {
    // Under a name of its own, so that the backups of the run stay those of the run.
    let mut run = armed.run.clone();
    run.truncate(80 - SUFFIX.len());
    let node =
        &Node { root: node.root.clone(), folder: node.folder.clone(), run: run + SUFFIX, returned: RefCell::default() };
    let (run, operator, reason) = (armed.run.clone(), armed.operator.clone(), reason.to_owned());
    let told = RolledBack { run, operator, reason, ..RolledBack::default() };
    let mut work = Work { node, journal: Journal::new(&node.folder, &node.run).of(&armed.operator), steps: 0, told };
    work.entries();
    work.network(&armed.before);
    if work.told.failures.is_empty() {
        let settled =
            Ownership::put_back(&node.folder, &armed.run).and_then(|()| Journal::taken_back(&node.folder, &armed.run));
        work.told.failures.extend(settled.err());
    }
    work.told
}

impl Work<'_> {
    /// The inverse of every change.
    fn entries(&mut self) {
        match Journal::read(&self.node.folder, &self.told.run) {
            Err(failure) => self.told.failures.push(failure),
            Ok(past) => {
                for entry in past.entries.into_iter().rev() {
                    let undo = entry.undo();
                    if undo.is_empty() {
                        self.told.left.push(entry.resource.to_string());
                    }
                    for undo in undo {
                        match undo {
                            Ok(resource) => self.converge(&entry.task, resource),
                            Err(failure) => self.told.failures.push(failure),
                        }
                    }
                }
            }
        }
    }

    /// The network, as far as the inverses have not put it back.
    fn network(&mut self, before: &Snapshot) {
        const TASK: &str = "put the network back";
        for _ in 0..PASSES {
            match Snapshot::take() {
                Err(failure) => return self.told.failures.push(failure),
                Ok(now) => {
                    let difference = before.difference(&now);
                    if difference.is_empty() {
                        break;
                    }
                    for resource in difference {
                        self.converge(TASK, resource);
                    }
                }
            }
        }
        if let Some(firewall) = &before.firewall {
            for restore in firewall.difference(&Firewall::read(self.node)) {
                match restore.run(self.node) {
                    Ok(()) => self.told.changes.push(Change::set(restore.name(), "changed", "as before")),
                    Err(failure) => self.told.failures.push(failure),
                }
            }
        }
        for service in before.services() {
            self.converge(TASK, service);
        }
    }

    fn converge(&mut self, task: &str, resource: Resource) {
        self.steps += 1;
        let step = Step {
            id: self.steps,
            task: task.to_owned(),
            tag: None,
            sensitive: is_secret(&resource),
            environment: BTreeMap::new(),
            resource,
        };
        let guard = &mut Guard::off();
        let engine = Engine::new(self.node, Mode::Apply, &mut self.journal, guard);
        match engine.map(|mut engine| engine.take_back(&step)) {
            Ok(Outcome { changes, failure, .. }) => {
                self.told.changes.extend(changes);
                self.told.failures.extend(failure);
            }
            Err(failure) => self.told.failures.push(failure),
        }
    }
}

fn is_secret(resource: &Resource) -> bool {
    matches!(resource, Resource::File(file) if file.sensitive)
}

/// Takes back what a run left armed that nobody guards any more. The node's lock is held.
pub(crate) fn resolve(node: &Node) -> Result<(), Failure> {
    let Some(armed) = Armed::load(&node.folder)? else { return Ok(()) };
    let told = roll_back(node, &armed, "it ended without having been confirmed");
    remember(&node.folder, &told)?;
    Armed::disarm(&node.folder)
}

/// Keeps what was taken back, for who asks next.
pub(super) fn remember(folder: &Folder, told: &RolledBack) -> Result<(), Failure> {
    serde_json::to_vec(told)
        .map_err(io::Error::from)
        .and_then(|text| replace(&folder.rolled_back(), &text, Attributes::own(0o600)))
        .map_err(|error| Failure::new("write down what was taken back", error))
}

/// What was last taken back, where nobody has been told yet.
pub(crate) fn last_rolled_back(folder: &Folder) -> Option<RolledBack> {
    // What cannot be read is of no use to anybody; the journal has it all.
    fs::read(folder.rolled_back()).ok().and_then(|text| json::from_slice(&text).ok())
}

/// Somebody has been told of it.
pub(crate) fn told(folder: &Folder) {
    let path = folder.rolled_back();
    // One that stays is told twice.
    let _ = fs::remove_file(&path).and_then(|()| sync_parent(&path));
}
