//! Taking back what lvsctl once made under a tag and no longer wants, each through the same path as any other resource.
//!
//! The order is by kind, and the newest first within a kind. When a thing was first made does not say what needs it: a
//! VIP that was changed is newer than the IPVS table, which has one entry for good, and an arp setting that lvsctl had to
//! set again would be newer than its VIP if what is claimed again became new.

use super::{
    On,
    engine::{Engine, Stopped, Work},
};
use crate::{
    node::Node,
    process::Output,
    state::{DEFAULT_DRAIN_SECONDS, IpvsTable, KernelModule, Persist, Presence, Prune, Resource, RunState, UNTAGGED},
    wire::{Change, Failure, Mode, Stream},
};

/// What a reader of a plan sees before each change: why it is made.
const PREFIX: &str = "no longer wanted: ";

/// Takes back what is recorded under the tag and not kept. Each that is done is dropped from the record at once, so
/// that a run that dies half-way goes on where it was.
pub(super) fn prune(
    engine: &mut Engine<'_, '_>,
    prune: &Prune,
    work: Work<'_>,
    output: &mut Output<'_>,
) -> Result<Vec<Change>, Stopped> {
    let work = Work { tag: None, is_undo: true, ..work };
    let mut changes = Vec::new();
    let mut surplus = engine.ownership.surplus(&prune.tag, &prune.keep);
    // A stable sort: the newest stays first within a kind.
    // Tasks build on each other as they were written.
    if prune.tag != UNTAGGED {
        surplus.sort_by_key(|owned| owned.undo.first().map(turn));
    }
    let drain_seconds = prune.drain_seconds.unwrap_or(DEFAULT_DRAIN_SECONDS);
    for owned in surplus {
        for undo in owned.undo {
            if let Some(why) = stays(engine.node, &undo) {
                output(Stream::Stdout, &format!("{} stays as it is: {why}", undo.id()));
                continue;
            }
            let (made, failure) = match engine.converge(&gently(undo, drain_seconds), work, output) {
                Ok(made) => (made, None),
                Err(Stopped { made, failure }) => (made, Some(failure)),
            };
            changes.extend(made.changes.into_iter().map(prefixed));
            if let Some(failure) = failure {
                let tried = format!("take back {}, which is no longer wanted: {}", owned.id, failure.tried);
                return Err(Stopped { made: changes.into(), failure: Box::new(Failure { tried, ..*failure }) });
            }
        }
        if engine.mode == Mode::Apply {
            engine
                .ownership
                .forget(&owned.id)
                .map_err(|failure| Stopped { made: changes.clone().into(), failure: Box::new(failure) })?;
        }
    }
    Ok(changes)
}

/// When a kind of thing goes: each before what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// What sends.
    Table,
    /// What traffic comes to and goes by, now and after a boot.
    Network,
    /// Under which settings that is safe.
    Setting,
    /// What the settings are of.
    Module,
}

fn turn(undo: &Resource) -> Turn {
    match undo {
        Resource::Ipvs(_) => Turn::Table,
        Resource::Address(_) | Resource::Route(_) | Resource::File(_) => Turn::Network,
        Resource::KernelModule(_) => Turn::Module,
        _ => Turn::Setting,
    }
}

/// Why something cannot be taken back, and need not be: others have come to use it, or what it belonged to has gone.
fn stays(node: &Node, undo: &Resource) -> Option<&'static str> {
    match undo {
        Resource::File(resource) if (On { node, resource }).is_full_folder() => Some("the folder is not empty"),
        Resource::File(resource) if (On { node, resource }).has_lost_its_folder() => Some("its folder has gone"),
        Resource::KernelModule(resource @ KernelModule { state: Presence::Absent, .. })
            if (On { node, resource }).is_in_use() =>
        {
            Some("the module is in use")
        }
        Resource::Sysctl(resource)
            if !matches!(resource.persist, Some(Persist::NotIn(_))) && (On { node, resource }).is_unknown() =>
        {
            Some("the kernel no longer has it")
        }
        Resource::SystemService(resource)
            if resource.run != Some(RunState::Stopped) && (On { node, resource }).is_unknown() =>
        {
            Some("the service has gone")
        }
        _ => None,
    }
}

/// Also what goes for good goes when its connections have ended.
fn gently(undo: Resource, drain_seconds: u64) -> Resource {
    match undo {
        Resource::Ipvs(table) => Resource::Ipvs(IpvsTable { drain_seconds, ..table }),
        other => other,
    }
}

fn prefixed(change: Change) -> Change {
    Change { subject: format!("{PREFIX}{}", change.subject), ..change }
}
