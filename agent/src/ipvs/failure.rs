//! What went wrong with the IPVS table, for a person. The kernel never says more than a number, so that the meaning of
//! each is told here (seen on Linux 6.1).

use rustix::io::Errno;

use super::{Key, Service, TableChange, busy::Busy, server::shown};
use crate::{
    netlink::{Error, Refusal},
    wire::Failure,
};

/// How many changes of a kind are listed.
const LISTED: usize = 10;

const RUN_AGAIN: &str = "the table may be half-way: run it again, it starts from what is there";

/// There is no IPVS.
pub(super) fn no_ipvs(came_back: &str) -> Failure {
    Failure {
        tried: "speak with IPVS".to_owned(),
        came_back: came_back.to_owned(),
        hint: Some(
            "this kernel has no ip_vs: install the kernel's package with more modules, or take a kernel with \
             CONFIG_IP_VS; inside a container, load ip_vs on its host"
                .to_owned(),
        ),
    }
}

/// The first words with IPVS went wrong.
pub(super) fn speaking(error: &Error) -> Failure {
    if error.is(Errno::NOENT) { no_ipvs(&error.chain()) } else { of("speak with IPVS", error) }
}

/// The conversation went wrong.
pub(super) fn of(tried: &str, error: &Error) -> Failure {
    let hint = match error {
        error if error.is(Errno::PERM) => Some(NEEDS_ROOT),
        Error::Unsteady => Some(OTHER_WRITER),
        _ => None,
    };
    Failure { tried: tried.to_owned(), came_back: error.chain(), hint: hint.map(ToOwned::to_owned) }
}

const NEEDS_ROOT: &str = "IPVS listens to root only, and not to that of a user namespace";

const OTHER_WRITER: &str =
    "somebody else changes the table at the same time (keepalived, kube-proxy, another operator)";

/// The conversation went wrong when changes had been sent.
pub(super) fn half_way(error: &Error) -> Failure {
    let failure = of("change the IPVS table", error);
    Failure { hint: failure.hint.or_else(|| Some(RUN_AGAIN.to_owned())), ..failure }
}

/// The table was changed by others time and again.
pub(super) fn never_reached() -> Failure {
    Failure {
        tried: "change the IPVS table".to_owned(),
        came_back: "it was another one each time it was read back".to_owned(),
        hint: Some(OTHER_WRITER.to_owned()),
    }
}

/// The kernel refused changes; `unmade` were not made because of that, and `made` were.
pub(super) fn refused(refused: &[(TableChange, Refusal)], unmade: &[&TableChange], made: usize) -> Failure {
    let mut lines = listed(refused, |(change, refusal)| format!("{change}: {refusal}"));
    lines.extend(listed(unmade, |change| format!("not made: {change}")));
    lines.push(format!("changes made: {made}, not made: {}", refused.len() + unmade.len()));
    Failure {
        tried: "change the IPVS table".to_owned(),
        came_back: lines.join("\n"),
        hint: refused.first().and_then(|(change, refusal)| meaning(change, refusal)),
    }
}

fn listed<T>(things: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<_> = things.iter().take(LISTED).map(line).collect();
    if things.len() > LISTED {
        lines.push(format!("and {} more", things.len() - LISTED));
    }
    lines
}

/// Real servers have connections left at the end of the wait.
pub(super) fn busy(busy: &[Busy], seconds: u64, persistent: bool) -> Failure {
    let lines = listed(busy, |busy| {
        let plural = if busy.active == 1 { "" } else { "s" };
        let server = shown(&busy.server);
        format!("ipvs {} -> {server} has {} active connection{plural} after {seconds} s", busy.key, busy.active)
    });
    let persistent = if persistent {
        "; clients of a persistent service keep coming unless net.ipv4.vs.expire_quiescent_template is 1"
    } else {
        ""
    };
    Failure {
        tried: "remove real servers from IPVS without breaking a connection".to_owned(),
        came_back: lines.join("\n"),
        hint: Some(format!(
            "they stay at weight 0 and get no new connections; run it again later, or lower `lvs_drain_seconds` (0 \
             removes them at once){persistent}"
        )),
    }
}

fn meaning(change: &TableChange, refusal: &Refusal) -> Option<String> {
    let is = |errno| refusal.is(errno);
    Some(match change {
        TableChange::AddService(service) | TableChange::SetService { after: service, .. } if is(Errno::NOENT) => {
            missing_modules(service)
        }
        TableChange::AddServer(key, server) | TableChange::SetServer { key, after: server, .. }
            if is(Errno::INVAL) && key.is_ipv6() != server.address.is_ipv6() =>
        {
            "the kernel takes a real server of another address family only by tunnelling, and only while no sync \
             daemon runs"
                .to_owned()
        }
        TableChange::AddServer(_, server) | TableChange::SetServer { after: server, .. } if is(Errno::INVAL) => {
            format!(
                "the kernel takes a real server only if it has a unicast route to it: is there one to {}, and is lo up?",
                server.address
            )
        }
        TableChange::AddServer(..) | TableChange::SetServer { .. } if is(Errno::RANGE) => {
            "the lower threshold must not be above the upper one".to_owned()
        }
        TableChange::AddService(_) | TableChange::SetService { .. } if is(Errno::INVAL) => {
            "a number is out of the kernel's range: look at the persistence timeout and prefix".to_owned()
        }
        TableChange::StartDaemon(daemon) if is(Errno::NODEV) => {
            format!("is there a network device {}, and is it up?", daemon.interface)
        }
        TableChange::StartDaemon(_) if is(Errno::INVAL) => {
            "the group must be a multicast address, and there must be no real server of another address family than its \
             service's"
                .to_owned()
        }
        TableChange::SetTimeouts { .. } if is(Errno::INVAL) => "a timeout is more than the kernel can count".to_owned(),
        change if is(Errno::AFNOSUPPORT) && change.key().is_some_and(Key::is_ipv6) => "IPv6 is off in this kernel".to_owned(),
        _ if is(Errno::PERM) => NEEDS_ROOT.to_owned(),
        _ => return None,
    })
}

fn missing_modules(service: &Service) -> String {
    let engine = service.engine.as_ref().map_or(String::new(), |engine| format!(" or ip_vs_pe_{engine}"));
    format!("this kernel has no module ip_vs_{}{engine}: choose another scheduler or install it", service.scheduler)
}
