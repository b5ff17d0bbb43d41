//! `service`: a service of the init system.

use lvs_agent::state::{Resource, RunState, SystemService};

use super::arguments::Arguments;
use crate::yaml::Node;

/// The arguments of `service`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service(SystemService);

impl Service {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let name: String = from.required(&["name"], Node::to_text);
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
        if !from.has(&["state"]) && !from.has(&["enabled"]) {
            from.missing("state");
        }
        Self(SystemService { name, run, enabled })
    }

    pub(super) fn resource(self) -> Resource {
        Resource::SystemService(self.0)
    }
}
