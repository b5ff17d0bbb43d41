//! Sync daemons of the directors, beside what else is known of them.

use super::World;
use crate::{
    model::{
        Mistakes,
        read::{HostSpec, SyncSpec},
        resolve::Resolved,
    },
    source::{Code, Diagnostic, did_you_mean},
};

/// Looks at every director.
pub(super) fn check(world: &World, mistakes: &mut Mistakes) {
    for host in world.hosts.iter() {
        let directs = |one: &&Resolved| one.service.directors.contains(&host.name);
        let services: Vec<&Resolved> = world.services.iter().filter(directs).collect();
        let daemons = host.ipvs.sync.as_deref().unwrap_or_default();
        for daemon in daemons.iter().filter(|_| !services.is_empty()) {
            mistakes.extend_errors(interface(daemon, host));
            mistakes.extend_errors(services.iter().filter_map(|one| mixed(one, daemon)));
        }
    }
}

/// The kernel says "no such device", or sends nothing from one without an address.
fn interface(daemon: &SyncSpec, host: &HostSpec) -> Option<Diagnostic> {
    let name = daemon.interface.value.as_str();
    let names = || host.interfaces.iter().map(|interface| interface.device.value.as_str());
    let known = host.interfaces.iter().find(|interface| interface.device.value == name);
    let (title, hint) = match known {
        _ if host.interfaces.is_empty() => return None,
        None => {
            let hint = match did_you_mean(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("its `lvs_interfaces` are {}", names().collect::<Vec<_>>().join(", ")),
            };
            (format!("{} has no device {name}", host.name), hint)
        }
        Some(interface) => {
            let ipv6 = daemon.daemon.group.is_ipv6();
            // Of IPv6, every link has an address of its own.
            if ipv6 || interface.addresses.iter().any(|address| address.value.addr().is_ipv4()) {
                return None;
            }
            (
                format!("{name} of {} has no IPv4 address to send from", host.name),
                "add one to its `addresses`".to_owned(),
            )
        }
    };
    Some(Diagnostic::new(Code::BadSync, title, &daemon.interface.span, "the device of the sync daemon").hint(hint))
}

/// While a daemon runs, the kernel refuses what its messages have no room for (`ip_vs_genl_set_cmd`).
fn mixed(one: &Resolved, daemon: &SyncSpec) -> Option<Diagnostic> {
    let ipv6 = one.service.key.is_ipv6();
    let other = one.service.real_servers.iter().find(|member| member.address.is_ipv6() != ipv6)?;
    let title = format!("{} is reached through another family, and a sync daemon cannot tell of that", other.host);
    Some(
        Diagnostic::new(Code::MixedFamilies, title, &other.span, "this real server")
            .also(&daemon.interface.span, "the sync daemon")
            .hint("give the real server an address of the VIP's family, or set up no sync daemon"),
    )
}
