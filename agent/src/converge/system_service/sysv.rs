//! Services of init.d scripts.
//!
//! A script is run as service(8) runs it: from `/`, with next to no environment. What it prints on `status` differs from
//! script to script; its exit status is the LSB's: 0 is running.

use std::{fs, time::Duration};

use super::{Init, LiveService, Question, Verb};
use crate::{
    node::Root,
    process::Program,
    wire::{Failure, Stream},
};

/// Longest time for a script.
const DEADLINE: Duration = Duration::from_mins(3);

/// Longest name the kernel keeps of a process (`TASK_COMM_LEN` of `linux/sched.h`, without the NUL).
const COMM: usize = 15;

/// init.d scripts on a node.
pub(super) struct Sysv<'a>(pub(super) &'a Root);

impl Init for Sysv<'_> {
    fn look(&self, name: &str, question: Question) -> Result<LiveService, Failure> {
        let script = format!("/etc/init.d/{name}");
        if !self.0.path(&script).is_file() {
            return Ok(LiveService::default());
        }
        let is_running = question.is_running
            && (self.has_living_pid_file(name)
                || self
                    .script(name, "status")
                    .deadline(Duration::from_secs(30))
                    .succeeds()
                    .map_err(|error| error.into_failure(format!("look whether the service {name} runs")))?);
        let is_enabled = question.is_enabled && is_enabled(self.0, name);
        Ok(LiveService { exists: true, is_running, is_enabled, is_masked: false })
    }

    fn order(&self, name: &str, verb: Verb, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let (words, program) = match verb {
            Verb::Start => ("start", self.script(name, "start")),
            Verb::Stop => ("stop", self.script(name, "stop")),
            Verb::Restart => ("restart", self.script(name, "restart")),
            Verb::Reload => ("reload", self.script(name, "reload")),
            Verb::Enable => {
                // `enable` only turns links around that `defaults` has made.
                self.update_rc(name, "defaults").run(output).map_err(|error| failure(error, "enable", name))?;
                ("enable", self.update_rc(name, "enable"))
            }
            Verb::Disable => ("disable", self.update_rc(name, "disable")),
            Verb::Mask | Verb::Unmask => {
                return Err(Failure::new(format!("mask the service {name}"), "only systemd can mask a service"));
            }
        };
        program.run(output).map_err(|error| failure(error, words, name))
    }
}

impl Sysv<'_> {
    fn script(&self, name: &str, verb: &str) -> Program {
        let script = self.0.path(&format!("/etc/init.d/{name}")).display().to_string();
        Program::new(self.0, [script.as_str(), verb]).bare().deadline(DEADLINE)
    }

    fn update_rc(&self, name: &str, verb: &str) -> Program {
        Program::new(self.0, ["update-rc.d", name, verb]).deadline(DEADLINE)
    }

    /// Whether a PID file names a living process of this name. It saves the fork of the script in the usual case; if it
    /// finds nothing, the script has the word.
    fn has_living_pid_file(&self, name: &str) -> bool {
        [format!("/run/{name}.pid"), format!("/run/{name}/{name}.pid"), format!("/var/run/{name}.pid")].iter().any(
            |path| {
                let pid = fs::read_to_string(self.0.path(path)).ok().and_then(|text| text.trim().parse::<u32>().ok());
                let comm = pid.and_then(|pid| self.0.line(&format!("/proc/{pid}/comm")));
                comm.is_some_and(|comm| comm == name.get(..COMM).unwrap_or(name))
            },
        )
    }
}

/// Whether a run level starts it: 2 to 5 are the multi-user ones.
pub(super) fn is_enabled(root: &Root, name: &str) -> bool {
    (2..=5).any(|level| {
        fs::read_dir(root.path(&format!("/etc/rc{level}.d"))).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let link = entry.file_name();
                let link = link.to_str().and_then(|link| link.strip_prefix('S'));
                link.is_some_and(|link| link.trim_start_matches(|c: char| c.is_ascii_digit()) == name)
            })
        })
    })
}

fn failure(error: crate::process::ProgramError, verb: &str, name: &str) -> Failure {
    error
        .into_failure(format!("{verb} the service {name}"))
        .with_hint(format!("run `/etc/init.d/{name} {verb}` on the node, and look into the service's own log"))
}
