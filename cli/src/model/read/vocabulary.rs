//! What the readers of this module ask for, found out by having them read a sample.

use std::collections::BTreeMap;

use lvs_agent::state::Scheduler;

use super::{HostSpec, ServiceSpec, flags, host, key, service, sysctls as kernel};
use crate::{
    inventory::Host,
    model::Mistakes,
    source::Source,
    yaml::{self, keys_asked_for},
};

/// Everything that has keys of its own, once. That it is no cluster does not matter.
const SAMPLE: &str = "
lvs_interfaces:
  - { device: eth0, addresses: [192.0.2.1/24], routes: [{ to: default, via: 192.0.2.2 }] }
lvs_timeouts: {}
lvs_sync: [{}]
lvs_services:
  - scheduler: { other: x }
    forward: tun
    tunnel: { type: gue, port: 6080 }
    persistence: {}
    check: { path: / }
    real_servers: [{}]
";

/// By what each mapping is called in messages, its keys.
pub(crate) fn keys() -> BTreeMap<String, Vec<String>> {
    keys_asked_for(|| {
        let sample = yaml::parse(&Source::new("<sample>", SAMPLE)).expect("the sample is YAML");
        let vars = sample.as_map().expect("the sample is a mapping");
        let mut mistakes = Mistakes::default();
        let host = Host {
            name: "sample".to_owned(),
            span: sample.span.clone(),
            source: None,
            groups: Vec::new(),
            vars: vars.iter().map(|(key, node)| (key.name.clone(), node.clone())).collect(),
            layers: Vec::new(),
        };
        HostSpec::read(&host, &mut mistakes);
        let services = vars.get("lvs_services").and_then(|node| node.as_list().ok());
        for service in services.into_iter().flatten() {
            ServiceSpec::read(service, &mut mistakes);
        }
    })
}

/// The variables, with their prefix.
pub(crate) fn variables() -> impl Iterator<Item = String> {
    host::variables().map(|name| format!("lvs_{name}"))
}

/// The names of `lvs_ipvs_sysctls`.
pub(crate) fn sysctls() -> impl Iterator<Item = &'static str> {
    kernel::KNOWN.iter().map(|(name, _)| *name)
}

/// The schedulers that need not be meant twice.
pub(crate) fn schedulers() -> impl Iterator<Item = &'static str> {
    Scheduler::ALL.iter().map(Scheduler::name)
}

/// The forwarding methods.
pub(crate) fn forwards() -> impl Iterator<Item = &'static str> {
    service::FORWARDS.iter().map(|(name, _)| *name)
}

/// The protocols.
pub(crate) fn protocols() -> impl Iterator<Item = &'static str> {
    key::PROTOCOLS.iter().map(|(name, _)| *name)
}

/// The flags of schedulers.
pub(crate) fn scheduler_flags() -> impl Iterator<Item = &'static str> {
    flags::NAMES.iter().map(|(name, _)| *name)
}
