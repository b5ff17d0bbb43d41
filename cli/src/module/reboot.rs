//! `reboot`: another boot of the node, and the run goes on there.

use lvs_agent::state::{self, Resource};

use super::arguments::Arguments;
use crate::yaml::Node;

/// Seconds that a node has to come back where none are given; Ansible's.
const DEFAULT_TIMEOUT: u64 = 600;

/// Where the programs are looked for; Ansible's.
const FOLDERS: [&str; 5] = ["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"];

/// What tells one boot from another: random(4).
const BOOT: &str = "cat /proc/sys/kernel/random/boot_id";

/// Seconds of a minute, the unit of shutdown(8).
const MINUTE: u64 = 60;

/// `shutdown`, which tells those who are logged in; on small systems there is only `reboot`.
const SHUT_DOWN: &str = r#"minutes=$1 msg=$2; shift 2
for folder; do [ ! -x "$folder/shutdown" ] || exec "$folder/shutdown" -r "+$minutes" "$msg"; done
sleep "$((minutes * 60))"
for folder; do [ ! -x "$folder/reboot" ] || exec "$folder/reboot"; done
echo "neither shutdown nor reboot is in $*" >&2; exit 127"#;

/// A command of the user's, whose program is looked for in the folders.
const OWN_COMMAND: &str = r#"command=$1 program=${1%% *}; shift
case $program in /*) eval "exec $command";; esac
for folder; do [ ! -x "$folder/$program" ] || eval "exec $folder/$command"; done
echo "$program is not in $*" >&2; exit 127"#;

/// The arguments of `reboot`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reboot {
    /// How the reboot is started.
    start: Start,
    folders: Vec<String>,
    /// Seconds before the reboot is started.
    pub delay_before: u64,
    /// Seconds after it was started before the node is looked for.
    pub delay_after: u64,
    /// Seconds for the node to come back, and then as many for the test.
    pub timeout: u64,
    /// Seconds for each try to connect.
    pub connect_timeout: Option<u64>,
    /// A line of shell that must succeed before the run goes on.
    pub test: Option<String>,
    /// A line of shell that prints something else after each boot.
    pub boot: String,
    /// Whether the line is the user's own.
    pub is_own_boot: bool,
}

/// How a reboot is started.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Start {
    /// In so many minutes, by what the system has for it, with words to those who are logged in.
    Usual { minutes: u64, message: String },
    /// By a command of the user's.
    Command(String),
}

impl Reboot {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let mut seconds = |name| from.seconds(&[name]);
        let delay = seconds("pre_reboot_delay").unwrap_or(0);
        let delay_after = seconds("post_reboot_delay").unwrap_or(0);
        let timeout = seconds("reboot_timeout").unwrap_or(DEFAULT_TIMEOUT);
        let connect_timeout = seconds("connect_timeout").filter(|seconds| *seconds > 0);
        let message = from.text(&["msg"]).unwrap_or_else(|| "Reboot initiated by lvsctl".to_owned());
        let folders =
            from.optional(&["search_paths"], |node| node.as_list_or_one().iter().map(Node::to_text).collect());
        let line = |node: &Node| match node.to_text()? {
            text if text.trim().is_empty() => Err(node.wrong_value("a command without a program")),
            text => Ok(text.trim().to_owned()),
        };
        let boot = from.optional(&["boot_time_command"], line);
        let (start, delay_before) = match from.optional(&["reboot_command"], line) {
            Some(command) => (Start::Command(command), delay),
            None => (Start::Usual { minutes: delay / MINUTE, message }, delay % MINUTE),
        };
        Self {
            start,
            folders: folders.unwrap_or_else(|| FOLDERS.map(str::to_owned).to_vec()),
            delay_before,
            delay_after,
            timeout,
            connect_timeout,
            test: from.optional(&["test_command"], line),
            is_own_boot: boot.is_some(),
            boot: boot.unwrap_or_else(|| BOOT.to_owned()),
        }
    }

    /// What starts it on the node.
    pub fn resource(&self) -> Resource {
        let (script, shown, words) = match &self.start {
            Start::Usual { minutes, message } => {
                (SHUT_DOWN, "reboot".to_owned(), vec![minutes.to_string(), message.clone()])
            }
            Start::Command(command) => (OWN_COMMAND, command.clone(), vec![command.clone()]),
        };
        let before = ["/bin/sh", "-c", script, "reboot"].map(str::to_owned);
        let argv = before.into_iter().chain(words).chain(self.folders.iter().cloned());
        let timeout_seconds = Some(self.timeout.saturating_add(self.delay_on_node()).saturating_add(MINUTE));
        let command =
            state::Command { shown: Some(shown), timeout_seconds, reboots: true, ..state::Command::new(argv) };
        Resource::Command(command)
    }

    /// Seconds that pass on the node before it goes down.
    pub fn delay_on_node(&self) -> u64 {
        match self.start {
            Start::Usual { minutes, .. } => minutes * MINUTE,
            Start::Command(_) => 0,
        }
    }
}
