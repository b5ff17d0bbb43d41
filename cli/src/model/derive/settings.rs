//! Kernel parameters and modules, live and over a boot.
//!
//! How `conf/all` and `conf/DEV` go together is in the kernel's ip-sysctl.rst: of `arp_ignore`, `arp_announce` and
//! `rp_filter` the larger of the two holds; of `send_redirects` either is enough to turn it on.

use lvs_agent::state::{KernelModule, Persist, Presence, Resource, Sysctl};

/// systemd-sysctl reads it after the distribution's own 50-default.conf.
const SYSCTL_FILE: &str = "/etc/sysctl.d/90-lvsctl.conf";

/// systemd-modules-load reads it before systemd-sysctl runs, so that the parameters of a module are there.
const MODULES_FILE: &str = "/etc/modules-load.d/lvsctl.conf";

/// A kernel parameter.
pub(super) fn sysctl(key: impl Into<String>, value: &str) -> Resource {
    sysctl_or(key, value, &[])
}

/// A kernel parameter with other values that are as good, and are left alone.
pub(super) fn sysctl_or(key: impl Into<String>, value: &str, accept: &[&str]) -> Resource {
    Resource::Sysctl(Sysctl {
        key: key.into(),
        value: value.to_owned(),
        accept: accept.iter().map(|&value| value.to_owned()).collect(),
        persist: Some(Persist::In(SYSCTL_FILE.to_owned())),
    })
}

/// `net.ipv4.conf.DEV.NAME`; in a device's name, sysctl(8) writes a dot as a slash.
pub(super) fn ipv4_conf(device: &str, name: &str) -> String {
    format!("net.ipv4.conf.{}.{name}", device.replace('.', "/"))
}

/// A kernel module.
pub(super) fn module(name: impl Into<String>) -> Resource {
    Resource::KernelModule(KernelModule {
        name: name.into(),
        state: Presence::Present,
        persist: Some(Persist::In(MODULES_FILE.to_owned())),
    })
}
