//! Taking back what a run did on this node: the inverse of every change, the newest first, and then the network.

use std::{cell::RefCell, fs, io};

use super::{Armed, Guard, Snapshot, firewall::Firewall};
use crate::{
    converge::{Engine, TakenBack},
    json, net,
    node::{Attributes, Folder, Journal, Node, replace, sync_parent},
    state::{Resource, RevertPart},
    wire::{Change, Failure, Mode, RolledBack},
};

/// How often the network is compared: what goes may take with it what was to stay.
const PASSES: usize = 3;

/// What is added to a run's name to name what takes it back.
const SUFFIX: &str = ".back";

/// The task under which the network is put back.
const NETWORK: &str = "put the network back";

/// Takes back a run. What cannot be taken back does not keep the rest from it.
pub(super) fn roll_back(node: &Node, armed: &Armed, reason: &str) -> RolledBack {
    // Under a name of its own, so that the backups of the run stay those of the run.
    let mut run = armed.run.clone();
    run.truncate(80 - SUFFIX.len());
    let node =
        &Node { root: node.root.clone(), folder: node.folder.clone(), run: run + SUFFIX, returned: RefCell::default() };
    let mut journal = Journal::new(&node.folder, &node.run).of(&armed.operator).dispensable();
    let guard = &mut Guard::off();
    let mut taken = TakenBack::default();
    match Engine::new(node, Mode::Apply, &mut journal, guard) {
        Err(failure) => taken.failures.push(failure),
        Ok(mut engine) => {
            match Journal::read(&node.folder, &armed.run) {
                Err(failure) => taken.failures.push(failure),
                Ok(past) => taken = engine.take_back_run(&past, RevertPart::All, &mut |_, _| ()),
            }
            network(&mut engine, &armed.before, &mut taken);
            if taken.failures.is_empty() {
                taken.failures.extend(engine.settle(&armed.run).err());
            }
        }
    }
    let (run, operator, reason) = (armed.run.clone(), armed.operator.clone(), reason.to_owned());
    let TakenBack { changes, failures, left } = taken;
    RolledBack { run, operator, reason, changes, failures, left }
}

/// The network, as far as the inverses have not put it back.
fn network(engine: &mut Engine<'_, '_>, before: &Snapshot, taken: &mut TakenBack) {
    let node = engine.node();
    let put_back = |engine: &mut Engine<'_, '_>, taken: &mut TakenBack, resource: Resource| {
        engine.take_back(NETWORK, 0, &resource, taken, &mut |_, _| ());
    };
    for _ in 0..PASSES {
        match Snapshot::take() {
            Err(failure) => return taken.failures.push(failure),
            Ok(now) => {
                let (difference, others) = (before.difference(&now), before.others(&now));
                if difference.is_empty() && others.is_empty() {
                    break;
                }
                // Devices first, for what is on them; rules and routes at last, for what they go by.
                let (devices, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|other| other.is_of_devices());
                put_others_back(devices, taken);
                for resource in difference {
                    put_back(engine, taken, resource);
                }
                put_others_back(others, taken);
            }
        }
    }
    if let Some(firewall) = &before.firewall {
        for restore in firewall.difference(&Firewall::read(node)) {
            match restore.run(node) {
                Ok(()) => taken.changes.push(Change::set(restore.name(), "changed", "as before")),
                Err(failure) => taken.failures.push(failure),
            }
        }
    }
    for service in before.services() {
        put_back(engine, taken, service);
    }
}

fn put_others_back(others: Vec<net::Restore>, taken: &mut TakenBack) {
    for restore in others {
        match restore.run() {
            Ok(()) => taken.changes.push(Change::set(restore.name(), "changed", "as before")),
            Err(failure) => taken.failures.push(failure),
        }
    }
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
