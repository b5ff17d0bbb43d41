//! What is asked of an address: `ipaddr('network')`.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::super::{arguments::failed, python},
    network::Network,
    reserved,
};

/// The addresses that are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Any,
    Four,
    Six,
}

/// Reads an address or a network; `true` where it was written with a prefix.
pub(super) fn read(value: &Value, version: Version) -> Option<(Network, bool)> {
    if matches!(value.kind(), ValueKind::None | ValueKind::Bool | ValueKind::Map) || !value.is_true() {
        return None;
    }
    let text = python::text(value).ok()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((Network::of_number(text.parse().ok()?, version == Version::Six), false));
    }
    if let Some(network) = Network::parse(&text) {
        return Some((network, text.contains('/')));
    }
    let (number, prefix) = text.split_once('/')?;
    let network = Network::of_number(number.parse().ok()?, false);
    let prefix = prefix.parse().ok().filter(|prefix| *prefix <= network.bits())?;
    Some((Network { prefix, ..network }, true))
}

/// What is asked; `false` where the value is no address or not of this version, none where there is no answer.
pub(super) fn query(value: &Value, wanted: &str, version: Version) -> Result<Value, Error> {
    let no = Ok(Value::from(false));
    let Some((network, has_prefix)) = read(value, version) else { return no };
    if (version == Version::Four && network.is_v6) || (version == Version::Six && !network.is_v6) {
        return no;
    }
    // A number is told as the address that it is.
    let same = || match value.as_str() {
        Some(text) if Network::parse(text).is_some() => value.clone(),
        _ => Value::from(network.to_string()),
    };
    let when = |holds: bool| if holds { same() } else { Value::from(()) };
    let text = |address: u128| Value::from(network.text(address));
    let single = network.is_single();
    let is_host = network.address != network.first();
    let slash = || Value::from(network.to_string());
    let none = || Value::from(());
    let needs_network = || if has_prefix { Ok(()) } else { Err(failed("this can be asked of a network only")) };
    let is_broadcast = network.broadcast() == Some(network.address);
    Ok(match wanted {
        "" if has_prefix => slash(),
        "" => text(network.address),
        "bool" => true.into(),
        "address" | "ip" if single || is_host || network.broadcast().is_none() => text(network.address),
        "host" if single || is_host || network.broadcast().is_none() => slash(),
        "net" if !single && !is_host => slash(),
        "address" | "ip" | "host" | "net" => none(),
        "address/prefix" | "gateway" | "gw" | "host/prefix" | "hostnet" | "router" => {
            let is_no_host = network.host_mask() > 1 && (!is_host || is_broadcast);
            if is_no_host { false.into() } else { slash() }
        }
        "ip/prefix" | "ip_netmask" if single || (network.host_mask() > 1 && !is_host) => none(),
        "ip/prefix" | "cidr" => slash(),
        "ip_netmask" => format!("{} {}", network.text(network.address), netmask(network)).into(),
        "network" | "network_id" => text(network.first()),
        "netmask" => netmask(network).into(),
        "hostmask" | "wildcard" => text(network.host_mask()),
        "prefix" => network.prefix.into(),
        "broadcast" => network.broadcast().filter(|_| network.host_mask() > 1).map_or_else(none, text),
        "subnet" | "network/prefix" => network.trunc().to_string().into(),
        "network_netmask" => format!("{} {}", network.text(network.first()), netmask(network)).into(),
        "network_wildcard" => format!("{} {}", network.text(network.first()), network.text(network.host_mask())).into(),
        "size" => network.size().map_or_else(none, Value::from),
        "size_usable" => match network.host_mask() {
            0 => 0.into(),
            1 => 2.into(),
            mask => (mask - 1).into(),
        },
        "type" if single || is_host => "address".into(),
        "type" => "network".into(),
        "version" => (if network.is_v6 { 6 } else { 4 }).into(),
        "int" if has_prefix => format!("{}/{}", network.address, network.prefix).into(),
        "int" => network.address.into(),
        "revdns" => reverse(network).into(),
        "ipv4" | "v4" => {
            if network.is_v6 {
                false.into()
            } else {
                same()
            }
        }
        "ipv6" | "v6" if network.is_v6 => same(),
        "ipv6" | "v6" => format!("::ffff:{}/{}", network.text(network.address), network.prefix + 96).into(),
        "private" => when(!reserved::is_global(network)),
        "public" => {
            when(reserved::is_global(network) && !reserved::is_multicast(network) && !reserved::is_mask(network))
        }
        "loopback" | "lo" => when(reserved::is_loopback(network)),
        "multicast" => when(reserved::is_multicast(network)),
        "unicast" => when(!reserved::is_multicast(network)),
        "link-local" => when(reserved::is_link_local(network)),
        "wrap" if !network.is_v6 => same(),
        "wrap" if has_prefix => format!("[{}]/{}", network.text(network.address), network.prefix).into(),
        "wrap" => format!("[{}]", network.text(network.address)).into(),
        "first_usable" | "last_usable" | "next_usable" | "previous_usable" | "range_usable" => {
            needs_network()?;
            let Some((first, last)) = network.usable() else { return Ok(none()) };
            let within = |address: Option<u128>| address.filter(|address| (first..=last).contains(address));
            match wanted {
                "first_usable" => text(first),
                "last_usable" => text(last),
                "range_usable" => format!("{}-{}", network.text(first), network.text(last)).into(),
                "next_usable" => within(network.address.checked_add(1)).map_or_else(none, text),
                _ => within(network.address.checked_sub(1)).map_or_else(none, text),
            }
        }
        "peer" => {
            needs_network()?;
            match (network.host_mask(), network.address % 4) {
                (1, _) => text(network.address ^ 1),
                (3, 1 | 2) => text(network.address ^ 3),
                _ => return Err(failed("the network is not one of two hosts")),
            }
        }
        _ => return other(network, has_prefix, wanted, same),
    })
}

fn netmask(network: Network) -> String {
    let all = if network.is_v6 { u128::MAX } else { u128::from(u32::MAX) };
    network.text(all & !network.host_mask())
}

/// The n-th address of a network, or whether it is within another one.
fn other(network: Network, has_prefix: bool, wanted: &str, same: impl Fn() -> Value) -> Result<Value, Error> {
    if let Ok(index) = wanted.parse::<i128>() {
        if network.is_single() {
            return Ok(if has_prefix { network.to_string() } else { network.text(network.address) }.into());
        }
        let base = if index < 0 { network.last() } else { network.first() };
        let offset = if index < 0 { index + 1 } else { index };
        let address = base.checked_add_signed(offset).filter(|at| (network.first()..=network.last()).contains(at));
        let address = address.map(|address| format!("{}/{}", network.text(address), network.prefix));
        return Ok(address.map_or_else(|| false.into(), Value::from));
    }
    match Network::parse(wanted) {
        Some(outer) => Ok(if outer.contains(network) { same() } else { Value::from(()) }),
        None => Err(failed(format!("`{wanted}` cannot be asked of an address; the guide has what can"))),
    }
}

/// The name under which the address is found backwards.
fn reverse(network: Network) -> String {
    if network.is_v6 {
        let digits: Vec<char> = format!("{:032x}", network.address).chars().rev().collect();
        return digits.iter().flat_map(|digit| [*digit, '.']).collect::<String>() + "ip6.arpa.";
    }
    let text = network.text(network.address);
    let parts: Vec<&str> = text.split('.').rev().collect();
    format!("{}.in-addr.arpa.", parts.join("."))
}
