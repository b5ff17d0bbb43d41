//! Services of the init system: `/etc/init.d` scripts with update-rc.d(8), or systemd's systemctl(1).

mod systemd;
mod sysv;

use super::{Converge, On};
use crate::{
    facts::init_system,
    state::{Resource, RunState, SystemService},
    wire::{Change, Failure, InitSystem, Side, Stream, Values},
};

/// A service as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of the init system's")]
pub(crate) struct LiveService {
    /// Whether the init system knows it.
    exists: bool,
    is_running: bool,
    is_enabled: bool,
    is_masked: bool,
}

/// What may be done to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Start,
    Stop,
    Restart,
    Reload,
    Enable,
    Disable,
    Mask,
    Unmask,
}

/// What is asked about a service. Each question may cost a fork, so that only what is needed is asked.
#[derive(Clone, Copy, Debug)]
struct Question {
    is_running: bool,
    is_enabled: bool,
}

/// An init system, as far as it is needed here.
trait Init {
    fn look(&self, name: &str, question: Question) -> Result<LiveService, Failure>;

    fn order(&self, name: &str, verb: Verb, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure>;
}

impl Converge for On<'_, SystemService> {
    type Live = LiveService;

    fn query(&self) -> Result<LiveService, Failure> {
        let SystemService { name, run, enabled, .. } = self.resource;
        let is_sound = (1..=128).contains(&name.len())
            && !name.starts_with(['-', '.'])
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.@:-".contains(&byte));
        if !is_sound {
            return Err(Failure::new("look at a service", format!("{name:?} is no name of one")));
        }
        self.init()?.look(name, Question { is_running: run.is_some(), is_enabled: enabled.is_some() })
    }

    fn diff(&self, live: &LiveService) -> Vec<Change> {
        self.changes(*live, self.resource.run)
    }

    fn apply(&self, live: &LiveService, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let SystemService { name, run, enabled, masked } = self.resource;
        if !live.exists && *masked != Some(true) {
            return Err(Failure::new(format!("manage the service {name}"), "this node has no such service")
                .with_hint("see that its package is installed before this step, and that it has this name here"));
        }
        let init = self.init()?;
        if *masked == Some(false) && live.is_masked {
            init.order(name, Verb::Unmask, output)?;
        }
        if let Some(enabled) = enabled.filter(|enabled| *enabled != live.is_enabled) {
            init.order(name, if enabled { Verb::Enable } else { Verb::Disable }, output)?;
        }
        let verb = match (run, live.is_running) {
            (Some(RunState::Started | RunState::Reloaded | RunState::Restarted), false) => Verb::Start,
            (Some(RunState::Restarted), true) => Verb::Restart,
            (Some(RunState::Reloaded), true) => Verb::Reload,
            (Some(RunState::Stopped), true) => Verb::Stop,
            (Some(RunState::Started), true) | (Some(RunState::Stopped), false) | (None, _) => {
                return self.mask(*live, output);
            }
        };
        init.order(name, verb, output)?;
        self.mask(*live, output)
    }

    fn undo(&self, live: &LiveService) -> Vec<Resource> {
        let run = match (self.resource.run, live.is_running) {
            (Some(RunState::Stopped), true) => Some(RunState::Started),
            (Some(_), false) => Some(RunState::Stopped),
            // A restart or reload of what ran leaves it running: nothing to take back.
            (Some(_), true) | (None, _) => None,
        };
        let enabled = self.resource.enabled.filter(|enabled| *enabled != live.is_enabled).map(|_| live.is_enabled);
        let masked = self.resource.masked.filter(|masked| *masked != live.is_masked).map(|_| live.is_masked);
        if run.is_none() && enabled.is_none() && masked.is_none() {
            return Vec::new();
        }
        vec![Resource::SystemService(SystemService { name: self.resource.name.clone(), run, enabled, masked })]
    }

    fn result(&self, _: &LiveService, live: &LiveService) -> Values {
        let SystemService { name, run, enabled, .. } = self.resource;
        let mut values = Values::new();
        values.insert("name".to_owned(), name.as_str().into());
        if run.is_some() {
            values.insert("state".to_owned(), if live.is_running { "started" } else { "stopped" }.into());
        }
        if enabled.is_some() {
            values.insert("enabled".to_owned(), live.is_enabled.into());
        }
        values
    }

    fn verify(&self, live: &LiveService) -> Vec<Change> {
        // A restart is done when the service runs.
        let run = self.resource.run.map(|run| if run == RunState::Stopped { run } else { RunState::Started });
        self.changes(*live, run)
    }
}

impl<'a> On<'a, SystemService> {
    /// What cannot be started can still be stopped, so that this comes last.
    fn mask(&self, live: LiveService, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        match self.resource.masked {
            Some(true) if !live.is_masked => self.init()?.order(&self.resource.name, Verb::Mask, output),
            _ => Ok(()),
        }
    }

    /// Whether the init system does not know it.
    pub(super) fn is_unknown(&self) -> bool {
        self.query().is_ok_and(|live| !live.exists)
    }

    fn changes(&self, live: LiveService, run: Option<RunState>) -> Vec<Change> {
        let SystemService { name, enabled, .. } = self.resource;
        let mut changes = Vec::new();
        if let Some(masked) = self.resource.masked.filter(|masked| *masked != live.is_masked) {
            let words = |is_masked| if is_masked { "masked" } else { "not masked" };
            changes.push(Change::set(format!("service {name} mask"), words(live.is_masked), words(masked)));
        }
        if let Some(enabled) = enabled.filter(|enabled| *enabled != live.is_enabled) {
            let words = |is_enabled| if is_enabled { "enabled" } else { "disabled" };
            changes.push(Change::set(format!("service {name} at boot"), words(live.is_enabled), words(enabled)));
        }
        let after = match (run, live.is_running) {
            (Some(RunState::Started), false) => "running",
            (Some(RunState::Stopped), true) => "stopped",
            (Some(RunState::Restarted), _) => "restarted",
            (Some(RunState::Reloaded), _) => "reloaded",
            _ => return changes,
        };
        let before = match live {
            LiveService { exists: false, .. } => Side::Absent,
            LiveService { is_running, .. } => Side::Value(if is_running { "running" } else { "stopped" }.to_owned()),
        };
        changes.push(Change { subject: format!("service {name}"), before, after: Side::Value(after.to_owned()) });
        changes
    }

    fn init(&self) -> Result<Box<dyn Init + 'a>, Failure> {
        match init_system(&self.node.root) {
            InitSystem::Systemd => Ok(Box::new(systemd::Systemd(&self.node.root))),
            InitSystem::Sysv => Ok(Box::new(sysv::Sysv(&self.node.root))),
            InitSystem::Openrc => Err(Failure::new(
                format!("look at the service {}", self.resource.name),
                "the init system OpenRC is not supported yet",
            )),
        }
    }
}

#[cfg(test)]
mod tests;
