//! `sysctl`: a kernel parameter, live and in a file that a boot reads.

use lvs_agent::state::{self, Persist, Presence, Resource};

use super::arguments::Arguments;
use crate::yaml::Node;

/// The file where none is named. Ansible's own default, `/etc/sysctl.conf`, is read no more at boot by several
/// distributions.
const DEFAULT_FILE: &str = "/etc/sysctl.d/99-lvsctl.conf";

/// The arguments of `sysctl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl(state::Sysctl);

impl Sysctl {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let key = from.required(&["name", "key"], Node::to_text);
        let state = from.choice(&["state"], &[("present", Presence::Present), ("absent", Presence::Absent)]);
        let absent = state == Some(Presence::Absent);
        if absent && !from.has(&["value", "val"]) {
            from.reject(
                "state",
                "`state: absent` needs the `value` to go back to",
                "add `value: …`: the running kernel cannot be without a value",
            );
        }
        let value = from.optional(&["value", "val"], Node::to_text);
        if !absent && !from.has(&["value"]) && !from.has(&["val"]) {
            from.missing("value");
        }
        let file = from.optional_path(&["sysctl_file"]).unwrap_or_else(|| DEFAULT_FILE.to_owned());
        from.always("sysctl_set", "the running kernel is always set");
        from.always("reload", "the running kernel is always set");
        let persist = Some(if absent { Persist::NotIn(file) } else { Persist::In(file) });
        let value = value.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        Self(state::Sysctl { key, value, accept: Vec::new(), persist })
    }

    pub(super) fn resource(self) -> Resource {
        Resource::Sysctl(self.0)
    }
}
