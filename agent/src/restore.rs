//! `lvs-agent restore`: after a boot, makes the node again what the last run made it. No controller is needed.
//!
//! It goes through the resources that the run left in the agent's folder ([`BOOT_FILES`]), by the one path of every
//! resource, so that what is as it should be is left alone. The init system calls it twice:
//!
//! * *early*, before any device has an address: modules, settings and the IPVS table. So a real server is silent for the
//!   VIP before it has it, and a director knows where to send before anybody can ask it. What is not possible yet is left
//!   for the second time.
//! * when the network is up: everything. Devices may come late, so what fails is tried again for a while. Each stage ends
//!   at its first failure, as a run does: there is no VIP without the settings that it needs.
//!
//! What could not be restored is told on standard error and by the exit status; the boot goes on.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use crate::{
    converge::Engine,
    guard::{Guard, resolve},
    json, networkd,
    node::{Folder, Journal, Lock, LockError, Node, Root},
    state::{BOOT_FILES, BOOT_NETWORK, IpvsTable, Resource},
    wire::{Failure, LockHolder, Mode, Step},
};

/// Who is at work.
const OPERATOR: &str = "the boot of this node";

/// How long devices may take to come, and another agent to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long systemd-networkd is given to bring what is its business.
const SETTLING: Duration = Duration::from_secs(20);

/// Between two tries. What they wait for (devices, addresses, another process) has no one event to wait for.
const PAUSE: Duration = Duration::from_millis(200);

/// Restores what is kept in `folder`. The exit status is 1 if something could not be restored.
pub fn restore(folder: &Path, is_early: bool, output: &mut dyn Write, talk: &mut dyn Write) -> ExitCode {
    let failures = match carry_out(folder, is_early, output) {
        Ok(failures) => failures,
        Err(failure) => vec![failure],
    };
    for Failure { tried, came_back, .. } in &failures {
        // Where nobody hears it, the exit status says it, too.
        let _ = writeln!(talk, "lvs-agent: failed to {tried}: {came_back}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What could not be restored.
fn carry_out(folder: &Path, is_early: bool, output: &mut dyn Write) -> Result<Vec<Failure>, Failure> {
    let folder = Folder::open(folder)?;
    let (until, settled) = (Instant::now() + PATIENCE, Instant::now() + SETTLING);
    let root = Root::default();
    let boot: String = root.line("/proc/sys/kernel/random/boot_id").unwrap_or_default().chars().take(8).collect();
    let node = Node { root, folder, run: format!("boot-{boot}"), returned: RefCell::default() };
    let _lock = lock(&node, until)?;
    if !is_early {
        // A run that nobody confirmed and that a power cut ended is no state to restore.
        resolve(&node)?;
    }
    let (stages, mut failures) = read(&node.folder, is_early);
    let mut journal = Journal::new(&node.folder, &node.run).of(OPERATOR);
    let guard = &mut Guard::off();
    let mut engine = Engine::new(&node, Mode::Apply, &mut journal, guard)?.without_claims();
    let mut id = 0;
    let left = loop {
        let mut left = Vec::new();
        for stage in &stages {
            for resource in stage {
                if !is_early && Instant::now() < settled && networkd::may_bring(&node.root, resource) {
                    left.push(Failure::new(format!("restore {}", resource.id()), "systemd-networkd is at work on it"));
                    break;
                }
                id += 1;
                let (task, resource) = ("restore after a boot".to_owned(), resource.clone());
                let step = Step { id, task, tag: None, sensitive: false, environment: BTreeMap::new(), resource };
                let outcome = engine.step(&step, &mut |_, _| {});
                for change in outcome.changes {
                    // A log that takes no more does not keep a node from its work.
                    let _ = writeln!(output, "{change}");
                }
                if let Some(failure) = outcome.failure {
                    left.push(failure);
                    if !is_early {
                        break;
                    }
                }
            }
        }
        if is_early || left.is_empty() || Instant::now() >= until {
            break left;
        }
        thread::sleep(PAUSE);
    };
    // What was too early is told when it is due.
    if !is_early {
        failures.extend(left);
    }
    Ok(failures)
}

/// The resources of each stage; a file that is not there is a stage that the node does not have.
fn read(folder: &Folder, is_early: bool) -> (Vec<Vec<Resource>>, Vec<Failure>) {
    let (mut stages, mut failures) = (Vec::new(), Vec::new());
    for name in BOOT_FILES.into_iter().filter(|name| !(is_early && *name == BOOT_NETWORK)) {
        let path = folder.boot().join(name);
        let failed = |error: io::Error| Failure::new(format!("read {}", path.display()), error);
        let resources = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            text => text.and_then(|text| Ok(json::from_slice::<Vec<Resource>>(&text)?)).map_err(failed),
        };
        match resources {
            Ok(resources) if is_early => stages.push(resources.into_iter().filter_map(early).collect()),
            Ok(resources) => stages.push(resources),
            Err(failure) => failures.push(failure),
        }
    }
    (stages, failures)
}

/// What of a resource is possible while no device has an address.
fn early(resource: Resource) -> Option<Resource> {
    match resource {
        Resource::Address(_) | Resource::Route(_) => None,
        // A sync daemon sends from an address.
        Resource::Ipvs(table) => Some(Resource::Ipvs(IpvsTable { sync: None, ..table })),
        other => Some(other),
    }
}

/// The node's lock: a run that is under way does what is to be done here, but one may only just have begun to end.
fn lock(node: &Node, until: Instant) -> Result<Lock, Failure> {
    let path = node.folder.lock();
    let holder = LockHolder::new(OPERATOR, &node.run);
    loop {
        let came_back = match Lock::take(&path, &holder) {
            Ok(lock) => return Ok(lock),
            Err(LockError::Held(_)) if Instant::now() < until => {
                thread::sleep(PAUSE);
                continue;
            }
            Err(error) => error.to_string(),
        };
        return Err(Failure::new(format!("take the lock {}", path.display()), came_back));
    }
}
