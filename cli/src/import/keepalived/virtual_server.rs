//! A `virtual_server` of keepalived's, which a group makes several of.

use std::net::IpAddr;

use lvs_agent::state::{
    Forwarding, Fwmark, Protocol, Scheduler, ServiceFlags, ServiceKey, TunnelChecksum, TunnelKind, VirtualService,
};

use super::{Groups, MOST, server, text::Statement};
use crate::import::{Found, Imported, value};

/// keepalived's own timeout where `persistence_timeout` has none.
const DEFAULT_PERSISTENCE: u32 = 360;

/// What the statements of a virtual server say.
pub(super) struct Common {
    pub(super) forwarding: Forwarding,
    pub(super) weight: Option<u16>,
    scheduler: Scheduler,
    flags: ServiceFlags,
    protocol: Option<Protocol>,
    ipv6: bool,
    persistence: Option<u32>,
    granularity: Option<String>,
    engine: Option<String>,
}

/// Where clients connect to, before the protocol is known.
enum Place {
    Address(IpAddr, u16),
    Mark(u32),
}

/// Adds the services of a virtual server as long as there is room; tells which group it is of.
pub(super) fn read<'a>(
    statement: &'a Statement,
    groups: &Groups<'a>,
    room: &mut usize,
    imported: &mut Imported,
) -> Option<&'a str> {
    let group = (statement.word(1) == Some("group")).then(|| statement.word(2)).flatten();
    let places: Vec<Place> = match group {
        Some(name) => {
            if let Some(group) = groups.get(name) {
                let places = group.block.iter().flat_map(|entry| places(&entry.words, entry.line, imported));
                places.take(room.saturating_add(1)).collect()
            } else {
                imported.lost(statement.line, format!("there is no virtual_server_group {name}"));
                Vec::new()
            }
        }
        None => places(statement.words.get(1..).unwrap_or_default(), statement.line, imported),
    };
    let common = common(statement, imported);
    let statements: usize = statement.block.iter().map(|one| 1 + one.block.len()).sum();
    let size = places.len().saturating_mul(1 + statements);
    if size > *room {
        imported.lost(
            statement.line,
            format!("`{}`: more than {MOST} virtual servers, real servers and statements about them", statement.text()),
        );
        *room = 0;
        return group;
    }
    *room -= size;
    for place in places {
        let key = match place {
            Place::Address(vip, port) => {
                let protocol = common.protocol.unwrap_or_else(|| {
                    imported.remark(statement.line, "there is no `protocol`, and so it is UDP, as for keepalived");
                    Protocol::Udp
                });
                ServiceKey::Address { protocol, vip, port }
            }
            Place::Mark(mark) => ServiceKey::Fwmark { mark: Fwmark(mark), ipv6: common.ipv6 },
        };
        let service = service(key, statement, &common, imported);
        imported.services.push(Found { service, line: Some(statement.line) });
    }
    group
}

/// `fwmark N`, `ADDRESS PORT`, or `FIRST-LAST PORT` as groups have it.
fn places(words: &[String], line: usize, imported: &mut Imported) -> Vec<Place> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = match &words[..] {
        ["fwmark", mark] => mark.parse().ok().filter(|mark| *mark > 0).map(|mark| vec![Place::Mark(mark)]),
        [addresses] => all(addresses, "0"),
        [addresses, port] => all(addresses, port),
        _ => None,
    };
    found.unwrap_or_else(|| {
        imported.lost(line, format!("`{}` is not a virtual server that can be read", words.join(" ")));
        Vec::new()
    })
}

fn all(addresses: &str, port: &str) -> Option<Vec<Place>> {
    let port: u16 = port.parse().ok()?;
    let places = |list: Vec<IpAddr>| list.into_iter().map(|vip| Place::Address(vip, port)).collect();
    if let Ok(vip) = addresses.parse() {
        return Some(vec![Place::Address(vip, port)]);
    }
    let (first, last) = addresses.split_once('-')?;
    let first: IpAddr = first.parse().ok()?;
    // The last is written as a whole, or as what differs of it.
    let last = last.parse().ok().or_else(|| match first {
        IpAddr::V4(_) => format!("{}.{last}", first.to_string().rsplit_once('.')?.0).parse().ok(),
        IpAddr::V6(first) => {
            let low = u128::from(u16::from_str_radix(last, 16).ok()?);
            Some(IpAddr::V6((first.to_bits() & !0xffff | low).into()))
        }
    })?;
    value::range(first, last).map(places)
}

fn common(statement: &Statement, imported: &mut Imported) -> Common {
    let mut common = Common {
        forwarding: Forwarding::Nat,
        weight: None,
        scheduler: Scheduler::WeightedLeastConnection,
        flags: ServiceFlags::default(),
        protocol: None,
        ipv6: false,
        persistence: None,
        granularity: None,
        engine: None,
    };
    for one in &statement.block {
        let value = one.word(1).unwrap_or_default();
        let understood = match one.name() {
            // The kernel itself sets `hashed`.
            "real_server" | "hashed" => true,
            "lvs_sched" | "lb_algo" => set(&mut common.scheduler, Scheduler::named(value).ok()),
            "lvs_method" | "lb_kind" => set(&mut common.forwarding, method(&one.words)),
            "protocol" => set(&mut common.protocol, value::protocol(value).map(Some)),
            "weight" => set(&mut common.weight, value.parse().ok().map(Some)),
            "ip_family" => set(&mut common.ipv6, Some(value == "inet6")),
            "persistence_timeout" if one.words.len() < 2 => {
                set(&mut common.persistence, Some(Some(DEFAULT_PERSISTENCE)))
            }
            "persistence_timeout" => set(&mut common.persistence, value.parse().ok().map(Some)),
            "persistence_granularity" => set(&mut common.granularity, Some(Some(value.to_owned()))),
            "persistence_engine" => set(&mut common.engine, Some(Some(value.to_owned()))),
            "ops" => set(&mut common.flags.one_packet, Some(true)),
            name if value::scheduler_flag(&mut common.flags, name) => true,
            "sorry_server" => {
                imported.lost(one.line, format!("`{}`: lvsctl does not watch real servers", one.text()));
                true
            }
            _ => {
                imported.lost(one.line, format!("`{}` has no counterpart", one.text()));
                true
            }
        };
        if !understood {
            imported.lost(one.line, format!("`{}` is not understood", one.text()));
        }
    }
    common
}

pub(super) fn set<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

/// `NAT`, `DR`, `TUN`, `TUN type gue port 6080 csum`.
pub(super) fn method(words: &[String]) -> Option<Forwarding> {
    let words: Vec<String> = words[1..].iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (kind, rest) = match &words[..] {
        ["nat"] => return Some(Forwarding::Nat),
        ["dr"] => return Some(Forwarding::DirectRouting),
        ["tun"] => return Some(Forwarding::Tunnel(TunnelKind::Ipip)),
        ["tun", "type", kind, rest @ ..] => (*kind, rest),
        _ => return None,
    };
    let (port, rest) = match rest {
        ["port", port, rest @ ..] => (port.parse::<u16>().ok().filter(|port| *port > 0), rest),
        rest => (None, rest),
    };
    let checksum = match rest {
        [] | ["nocsum"] => TunnelChecksum::None,
        ["csum"] => TunnelChecksum::Checksum,
        ["remcsum"] => TunnelChecksum::Remote,
        _ => return None,
    };
    match (kind, port, checksum) {
        ("ipip", None, TunnelChecksum::None) => Some(Forwarding::Tunnel(TunnelKind::Ipip)),
        ("gue", Some(port), checksum) => Some(Forwarding::Tunnel(TunnelKind::Gue { port, checksum })),
        ("gre", None, TunnelChecksum::None | TunnelChecksum::Checksum) => {
            Some(Forwarding::Tunnel(TunnelKind::Gre { checksum }))
        }
        _ => None,
    }
}

fn service(key: ServiceKey, statement: &Statement, common: &Common, imported: &mut Imported) -> VirtualService {
    let mut service = value::service(key, common.scheduler);
    service.flags = common.flags;
    service.persistence_engine.clone_from(&common.engine);
    if common.persistence.is_some() || common.engine.is_some() {
        let prefix = common.granularity.as_deref().and_then(|text| value::prefix(text, key.is_ipv6()));
        if prefix.is_none() && common.granularity.is_some() {
            imported.lost(statement.line, format!("the persistence_granularity of {key} is not understood"));
        }
        let seconds = common.persistence.unwrap_or(DEFAULT_PERSISTENCE);
        service.persistence = value::persistence(seconds, prefix, key.is_ipv6());
        if service.persistence.is_none() {
            imported.lost(statement.line, format!("a persistence of {seconds} seconds for {key}"));
        }
    }
    let servers = statement.block.iter().filter(|one| one.name() == "real_server");
    service.real_servers = servers.filter_map(|one| server::read(one, key, common, imported)).collect();
    service
}
