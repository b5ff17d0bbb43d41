//! Virtual services: the options of `-A` and `-E`, and those that name a service for `-a` and its like.

use std::net::Ipv4Addr;

use super::{
    address::address,
    flag::{Flag, Given, number},
    mistake::{Wrong, wrong},
};
use crate::state::{Fwmark, Persistence, Protocol, Scheduler, ServiceFlags, ServiceKey, VirtualService};

/// `-p` without a number: six minutes (`IPVS_SVC_PERSISTENT_TIMEOUT` of ipvsadm; its manual says 300 s).
const DEFAULT_PERSISTENCE: u32 = 360;

/// `MAX_TIMEOUT` of ipvsadm: 31 days.
pub(super) const MAX_TIMEOUT: u32 = 31 * 86_400;

/// The options that name a service.
pub(super) const NAMING: [Flag; 5] = [Flag::Tcp, Flag::Udp, Flag::Sctp, Flag::Mark, Flag::Ipv6];

/// The options of a service, with those that name it.
const OPTIONS: [Flag; 11] = [
    Flag::Tcp,
    Flag::Udp,
    Flag::Sctp,
    Flag::Mark,
    Flag::Ipv6,
    Flag::Scheduler,
    Flag::SchedulerFlags,
    Flag::Persistent,
    Flag::Netmask,
    Flag::Engine,
    Flag::OnePacket,
];

/// The service that a line is about.
pub(super) fn key(given: &Given<'_>) -> Result<ServiceKey, Wrong> {
    let flag = given.one_of(&[Flag::Tcp, Flag::Udp, Flag::Sctp, Flag::Mark])?;
    let flag = flag.ok_or_else(|| wrong("no service is named").hint("one of -t, -u, --sctp-service, -f"))?;
    let text = given.value(flag).unwrap_or_default();
    let protocol = match flag {
        Flag::Udp => Protocol::Udp,
        Flag::Sctp => Protocol::Sctp,
        Flag::Mark => return mark(text).map(|mark| ServiceKey::Fwmark { mark, ipv6: given.has(Flag::Ipv6) }),
        _ => Protocol::Tcp,
    };
    let (vip, port) = address(text)?;
    if given.has(Flag::Ipv6) && vip.is_ipv4() {
        return Err(wrong(format!("-6 does not go with {vip}")).hint("-6 belongs to -f"));
    }
    Ok(ServiceKey::Address { protocol, vip, port: port.unwrap_or(0) })
}

/// A mark. ipvsadm writes those above 2147483647 as negative numbers, which it does not read itself.
fn mark(text: &str) -> Result<Fwmark, Wrong> {
    let signed = || text.parse::<i32>().ok().filter(|mark| *mark < 0).map(i32::cast_unsigned);
    let mark = text.parse().ok().or_else(signed).filter(|mark| *mark != 0);
    mark.map(Fwmark).ok_or_else(|| wrong(format!("-f takes a number from 1 to 4294967295, not `{text}`")))
}

/// The service of `-A` or `-E`, without real servers.
pub(super) fn service(command: Flag, given: &Given<'_>) -> Result<VirtualService, Wrong> {
    given.only(command, &OPTIONS)?;
    let key = key(given)?;
    let scheduler = match given.value(Flag::Scheduler) {
        None => Scheduler::WeightedLeastConnection,
        Some(name) => Scheduler::named(name).map_err(|error| wrong(error.to_string()))?,
    };
    let persistence = persistence(given, &key)?;
    let flags = ServiceFlags {
        one_packet: given.has(Flag::OnePacket),
        ..scheduler_flags(given.value(Flag::SchedulerFlags).unwrap_or_default(), scheduler)?
    };
    if let ServiceKey::Address { protocol, port, .. } = key {
        if port == 0 && persistence.is_none() {
            return Err(wrong("port 0 is every port, and needs persistence").hint("name the port, or add -p"));
        }
        if flags.one_packet && protocol != Protocol::Udp {
            return Err(wrong("one-packet scheduling (-o) is for UDP and firewall marks only"));
        }
    }
    let persistence_engine = given.value(Flag::Engine).map(ToOwned::to_owned);
    let is_name = |name: &String| {
        let is_of_one = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        (1..=15).contains(&name.len()) && name.bytes().all(is_of_one)
    };
    if !persistence_engine.as_ref().is_none_or(is_name) {
        return Err(wrong("--pe takes a name: 1 to 15 of a-z, 0-9 and _").hint("the kernel has `sip`"));
    }
    Ok(VirtualService { key, scheduler, flags, persistence, persistence_engine, real_servers: Vec::new() })
}

fn persistence(given: &Given<'_>, key: &ServiceKey) -> Result<Option<Persistence>, Wrong> {
    let all = if key.is_ipv6() { 128 } else { 32 };
    let prefix = match given.value(Flag::Netmask) {
        None => all,
        Some(text) if key.is_ipv6() => {
            let prefix = number(&"-M for IPv6", text, 1..=128)?;
            u8::try_from(prefix).unwrap_or(all)
        }
        Some(text) => {
            let mask = text.parse::<Ipv4Addr>();
            let mask = mask.map_err(|_| wrong(format!("`{text}` is no netmask")).hint("such as 255.255.255.0"))?;
            ipnet::ipv4_mask_to_prefix(mask)
                .map_err(|_| wrong(format!("the netmask {mask} has holes")).hint("such as 255.255.255.0"))?
        }
    };
    if !given.has(Flag::Persistent) {
        // ipvsadm and the kernel take a netmask without persistence, and it does nothing.
        return Ok(None);
    }
    let timeout = given.number(Flag::Persistent, 1..=MAX_TIMEOUT)?;
    Ok(Some(Persistence { timeout_seconds: timeout.unwrap_or(DEFAULT_PERSISTENCE), prefix }))
}

fn scheduler_flags(text: &str, scheduler: Scheduler) -> Result<ServiceFlags, Wrong> {
    let mut flags = ServiceFlags::default();
    for name in text.split(',').filter(|name| !name.is_empty()) {
        let of = name.split_once('-').map_or("", |(of, _)| of);
        let flag = match name {
            "flag-1" | "sh-fallback" | "mh-fallback" => &mut flags.sched_1,
            "flag-2" | "sh-port" | "mh-port" => &mut flags.sched_2,
            "flag-3" => &mut flags.sched_3,
            _ => {
                return Err(wrong(format!("unknown flag of a scheduler `{name}`"))
                    .hint("sh-fallback, sh-port, mh-fallback, mh-port, or flag-1 to flag-3"));
            }
        };
        if of != "flag" && of != scheduler.name() {
            return Err(wrong(format!("`{name}` does not go with the scheduler {scheduler}")));
        }
        *flag = true;
    }
    Ok(flags)
}
