//! `modprobe`: a kernel module, now and at boot.

use lvs_agent::state::{KernelModule, Persist, Presence, Resource};

use super::arguments::Arguments;
use crate::yaml::Node;

/// The arguments of `modprobe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modprobe(KernelModule);

impl Modprobe {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let name: String = from.required(&["name"], Node::to_text);
        let state = from.choice(&["state"], &[("present", Presence::Present), ("absent", Presence::Absent)]);
        let file = || format!("/etc/modules-load.d/{name}.conf");
        let persist = from
            .choice(&["persistent"], &[("disabled", None), ("present", Some(true)), ("absent", Some(false))])
            .flatten()
            .map(|present| if present { Persist::In(file()) } else { Persist::NotIn(file()) });
        Self(KernelModule { name, state: state.unwrap_or_default(), persist })
    }

    pub(super) fn resource(self) -> Resource {
        Resource::KernelModule(self.0)
    }
}
