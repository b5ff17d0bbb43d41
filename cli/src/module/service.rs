//! `service` and `systemd`: a service of the init system.

use lvs_agent::state::{Command, Resource, RunState, SystemService};

use super::{Kind, Wanted, arguments::Arguments};

/// The arguments of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    wanted: Option<SystemService>,
    reloads: bool,
    reexecutes: bool,
}

impl Service {
    pub(super) fn read(kind: Kind, from: &mut Arguments<'_>) -> Self {
        let is_systemd = kind != Kind::Service;
        let names: &[&'static str] = if is_systemd { &["name", "service", "unit"] } else { &["name"] };
        let has_name = from.has(names);
        let name = from.text(names).unwrap_or_default();
        let name = name.strip_suffix(".service").map(str::to_owned).unwrap_or(name);
        let run = from.choice(
            &["state"],
            &[
                ("started", RunState::Started),
                ("stopped", RunState::Stopped),
                ("restarted", RunState::Restarted),
                ("reloaded", RunState::Reloaded),
            ],
        );
        let enabled = from.flag(&["enabled"]);
        let (mut masked, mut reloads, mut reexecutes) = (None, false, false);
        if is_systemd {
            masked = from.flag(&["masked"]);
            reloads = from.flag(&["daemon_reload", "daemon-reload"]).unwrap_or(false);
            reexecutes = from.flag(&["daemon_reexec", "daemon-reexec"]).unwrap_or(false);
            if from.text(&["scope"]).is_some_and(|scope| scope != "system") {
                from.reject("scope", "only `scope: system` is supported", "use `command` with `systemctl --user`");
            }
            from.flag(&["force"]);
            if from.flag(&["no_block"]) == Some(true) {
                from.reject("no_block", "`no_block: true` is not possible", "lvsctl looks whether the service runs");
            }
        } else {
            from.text(&["use"]);
            from.refuse(
                &["arguments", "args", "pattern", "runlevel", "sleep"],
                "the init system is asked and ordered in its own words; use `command` for more",
            );
        }
        let asks = from.has(&["state"]) || from.has(&["enabled"]) || from.has(&["masked"]);
        if !has_name && (asks || !(reloads || reexecutes)) {
            from.missing("name");
        } else if !(asks || reloads || reexecutes) {
            from.missing("state");
        }
        let wanted = (has_name && asks).then_some(SystemService { name, run, enabled, masked });
        Self { wanted, reloads, reexecutes }
    }

    pub(super) fn wanted(self) -> Vec<Wanted> {
        // systemd reads its files anew: an order that changes nothing of what is wanted, as with Ansible.
        let order = |is_due: bool, verb| {
            let command = Command { counts_as_change: false, ..Command::new(["systemctl", verb]) };
            is_due.then_some(Resource::Command(command))
        };
        [
            order(self.reloads, "daemon-reload"),
            order(self.reexecutes, "daemon-reexec"),
            self.wanted.map(Resource::SystemService),
        ]
        .into_iter()
        .flatten()
        .map(Wanted::plain)
        .collect()
    }
}
