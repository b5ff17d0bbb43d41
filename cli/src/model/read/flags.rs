//! `scheduler_flags` and `one_packet`: what the kernel takes for any service and heeds for some.
//!
//! The flags are bits (`IP_VS_SVC_F_SCHED1` and so on) that a scheduler may give a meaning: only `sh` and `mh` do, the
//! same two (`ip_vs_sh.c`, `ip_vs_mh.c`). All others ignore them.

use lvs_agent::state::{Protocol, Scheduler, ServiceFlags};

use crate::{
    model::{Mistakes, Placed},
    source::{Code, Diagnostic, did_you_mean},
    yaml::{Fields, Node},
};

/// ipvsadm's names (`-b`), and which of the kernel's flags each is.
pub(super) const NAMES: [(&str, u8); 7] = [
    ("sh-fallback", 1),
    ("sh-port", 2),
    ("mh-fallback", 1),
    ("mh-port", 2),
    ("flag-1", 1),
    ("flag-2", 2),
    ("flag-3", 3),
];

/// Reads both keys.
pub(super) fn read(
    fields: &mut Fields,
    scheduler: Option<&Placed<Scheduler>>,
    protocol: Protocol,
    mistakes: &mut Mistakes,
) -> ServiceFlags {
    let mut flags = ServiceFlags::default();
    for node in fields.optional("scheduler_flags").map_or(&[][..], Node::as_list_or_one) {
        match mistakes.take(flag(node, scheduler)) {
            Some(1) => flags.sched_1 = true,
            Some(2) => flags.sched_2 = true,
            Some(_) => flags.sched_3 = true,
            None => {}
        }
    }
    if let Some(node) = fields.optional("one_packet") {
        flags.one_packet = mistakes.take(one_packet(node, protocol)).unwrap_or_default();
    }
    flags
}

fn flag(node: &Node, scheduler: Option<&Placed<Scheduler>>) -> Result<u8, Diagnostic> {
    let name = node.as_str()?;
    let names = || NAMES.iter().map(|(name, _)| *name);
    let Some((_, number)) = NAMES.iter().find(|(known, _)| *known == name) else {
        let hint = match did_you_mean(name, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        return Err(Diagnostic::new(
            Code::BadSchedulerFlag,
            format!("unknown scheduler flag `{name}`"),
            &node.span,
            "",
        )
        .hint(hint));
    };
    let of = scheduler.map_or(Scheduler::WeightedLeastConnection, |scheduler| scheduler.value);
    if heeds(of, name) {
        return Ok(*number);
    }
    let mut mistake =
        Diagnostic::new(Code::BadSchedulerFlag, format!("the scheduler {of} has no flag {name}"), &node.span, "");
    if let Some(scheduler) = scheduler {
        mistake = mistake.also(&scheduler.span, "the scheduler");
    }
    Err(mistake.hint(match of {
        Scheduler::SourceHashing => "it has sh-port and sh-fallback",
        Scheduler::MaglevHashing => "it has mh-port and mh-fallback",
        _ => "only sh and mh have flags; all others ignore them",
    }))
}

fn heeds(scheduler: Scheduler, flag: &str) -> bool {
    match scheduler {
        Scheduler::SourceHashing => matches!(flag, "sh-port" | "sh-fallback" | "flag-1" | "flag-2"),
        Scheduler::MaglevHashing => matches!(flag, "mh-port" | "mh-fallback" | "flag-1" | "flag-2"),
        _ => false,
    }
}

/// For TCP the kernel takes it and does not heed it (`ip_vs_schedule`).
fn one_packet(node: &Node, protocol: Protocol) -> Result<bool, Diagnostic> {
    let wanted = node.as_bool()?;
    if wanted && protocol != Protocol::Udp {
        return Err(Diagnostic::new(
            Code::NotOfProtocol,
            format!("`one_packet` is for UDP, not for {protocol}"),
            &node.span,
            "",
        )
        .hint("add `protocol: udp`, or leave `one_packet` out"));
    }
    Ok(wanted)
}
