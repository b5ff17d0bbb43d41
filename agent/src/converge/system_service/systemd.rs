//! Services of systemd: one `systemctl show` answers all questions.

use std::time::Duration;

use super::{Init, LiveService, Question, Verb};
use crate::{
    node::Root,
    process::Program,
    wire::{Failure, Stream},
};

/// Longer than systemd's own 90 s for start and stop together.
const DEADLINE: Duration = Duration::from_mins(4);

/// systemd on a node.
pub(super) struct Systemd<'a>(pub(super) &'a Root);

impl Init for Systemd<'_> {
    fn look(&self, name: &str, _: Question) -> Result<LiveService, Failure> {
        let unit = unit(name);
        let text = Program::new(
            self.0,
            ["systemctl", "show", "--property=LoadState,ActiveState,UnitFileState", "--", unit.as_str()],
        )
        .deadline(Duration::from_mins(1))
        .read()
        .map_err(|error| error.into_failure(format!("look at the service {name}")))?;
        let value =
            |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default();
        Ok(LiveService {
            is_masked: value("LoadState") == "masked",
            exists: !matches!(value("LoadState"), "not-found" | ""),
            // `activating` is also the state between two crashes of a service that is restarted for ever.
            is_running: matches!(value("ActiveState"), "active" | "reloading"),
            is_enabled: match value("UnitFileState") {
                "enabled" | "alias" => true,
                // A generated unit is an init.d script, and the links of its run levels count.
                "generated" => super::sysv::is_enabled(self.0, name),
                _ => false,
            },
        })
    }

    fn order(&self, name: &str, verb: Verb, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let verb = match verb {
            Verb::Start => "start",
            Verb::Stop => "stop",
            Verb::Restart => "restart",
            Verb::Reload => "reload-or-restart",
            Verb::Enable => "enable",
            Verb::Disable => "disable",
            Verb::Mask => "mask",
            Verb::Unmask => "unmask",
        };
        Program::new(self.0, ["systemctl", verb, "--", unit(name).as_str()]).deadline(DEADLINE).run(output).map_err(
            |error| {
                error.into_failure(format!("{verb} the service {name}")).with_hint(format!(
                    "see its log on the node: `systemctl status {name}`, `journalctl -u {name} -n 50`"
                ))
            },
        )
    }
}

/// systemctl takes a name with a dot in it for a unit with a suffix (systemd.unit(5)).
fn unit(name: &str) -> String {
    const SUFFIXES: [&str; 6] = [".socket", ".timer", ".target", ".mount", ".path", ".slice"];
    if SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) { name.to_owned() } else { format!("{name}.service") }
}
