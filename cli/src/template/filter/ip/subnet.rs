//! Networks in networks, and hosts in them.

use minijinja::{Error, value::Value};

use super::{
    super::{
        super::{
            arguments::{Arguments, failed, items},
            python,
        },
        Registry,
    },
    network::Network,
    query::{Version, read},
};

pub(super) fn register(registry: &mut Registry<'_>, collection: &str) {
    registry.add_of(collection, &[("ipsubnet", ipsubnet), ("nthhost", nthhost), ("ipmath", ipmath)]);
    registry.add_of(collection, &[("network_in_usable", in_usable), ("network_in_network", in_network)]);
    registry.add_of(collection, &[("next_nth_usable", next), ("previous_nth_usable", previous)]);
    registry.add_of(collection, &[("cidr_merge", cidr_merge), ("reduce_on_network", reduce_on_network)]);
}

fn network(value: &Value) -> Option<Network> {
    read(value, Version::Any).map(|(network, _)| network)
}

/// How many networks of a size there are in one, or the n-th of them.
fn ipsubnet(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let wanted = arguments.text("query")?.unwrap_or_default();
    let index = arguments.int("index")?;
    let no = || Ok(Value::from(false));
    let Some(network) = network(value).map(Network::trunc) else { return no() };
    if wanted.is_empty() {
        return Ok(network.to_string().into());
    }
    let Ok(prefix) = wanted.parse::<u32>() else { return position(network, &wanted) };
    if prefix > network.bits() {
        return no();
    }
    if network.is_single() {
        // The networks around an address, from the outermost one.
        let index = index.unwrap_or(0);
        let count = i64::from(network.bits() - prefix);
        let at = if index < 0 { count + index } else { index };
        let around =
            u32::try_from(at).ok().filter(|_| at < count).map(|at| Network { prefix: prefix + at, ..network }.trunc());
        return Ok(around.map_or_else(|| false.into(), |around| around.to_string().into()));
    }
    let step =
        prefix.checked_sub(network.prefix).ok_or_else(|| failed(format!("/{prefix} is larger than the network")))?;
    let count = 1_u128.checked_shl(step).unwrap_or(u128::MAX);
    let Some(index) = index else { return Ok(count.to_string().into()) };
    let index = if index < 0 { count.checked_add_signed(index.into()) } else { u128::try_from(index).ok() };
    let Some(index) = index.filter(|index| *index < count) else { return no() };
    let address = network.first() + index.checked_shl(network.bits() - prefix).unwrap_or(0);
    Ok(Network { address, prefix, ..network }.to_string().into())
}

/// Which one of the networks of its size this is in another one, counted from one.
fn position(network: Network, outer: &str) -> Result<Value, Error> {
    let outer = Network::parse(outer).ok_or_else(|| failed(format!("`{outer}` is no network")))?;
    if !outer.contains(network) {
        return Err(failed(format!("the network is not in {outer}")));
    }
    let index = (network.first() - outer.first()) >> (network.bits() - network.prefix).min(127);
    Ok((index + 1).to_string().into())
}

fn nthhost(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let wanted = arguments.text("query")?.and_then(|index| index.parse::<i128>().ok());
    let (Some(network), Some(index)) = (network(value), wanted) else { return Ok(false.into()) };
    let base = if index < 0 { network.last() } else { network.first() };
    let address = base.checked_add_signed(if index < 0 { index + 1 } else { index });
    let address = address.filter(|address| (network.first()..=network.last()).contains(address));
    Ok(address.map_or_else(|| false.into(), |address| network.text(address).into()))
}

/// An address so many further.
fn ipmath(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let amount = arguments.int("amount")?.ok_or_else(|| failed("the amount is a whole number"))?;
    let network = network(value).ok_or_else(|| failed("this is no address"))?;
    let address = network.address.checked_add_signed(amount.into());
    address.map(|address| network.text(address).into()).ok_or_else(|| failed("there is no such address"))
}

fn two(value: &Value, arguments: &mut Arguments) -> Result<Option<(Network, Network)>, Error> {
    let other = arguments.required("test")?;
    Ok(network(value).zip(network(&other)).filter(|(a, b)| a.is_v6 == b.is_v6))
}

fn in_usable(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let holds = two(value, arguments)?.is_some_and(|(outer, inner)| {
        let (first, last) = outer.usable().unwrap_or((outer.first(), outer.last()));
        first <= inner.first() && inner.last() <= last
    });
    Ok(holds.into())
}

fn in_network(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    Ok(two(value, arguments)?.is_some_and(|(outer, inner)| outer.contains(inner)).into())
}

fn moved(value: &Value, by: i128) -> Value {
    let Some(network) = network(value) else { return false.into() };
    let (first, last) = network.usable().unwrap_or((network.first(), network.last()));
    let address = network.address.checked_add_signed(by).filter(|address| (first..=last).contains(address));
    address.map_or_else(|| Value::from(()), |address| network.text(address).into())
}

fn next(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    Ok(moved(value, arguments.int("offset")?.unwrap_or(1).into()))
}

fn previous(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    Ok(moved(value, -i128::from(arguments.int("offset")?.unwrap_or(1))))
}

/// Networks in as few as possible, or the one that has all of them.
fn cidr_merge(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let action = arguments.text("action")?.unwrap_or_else(|| "merge".to_owned());
    let read = |item: &Value| network(item).map(Network::trunc).ok_or_else(|| failed("an item is no address"));
    let mut networks = items(value)?.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    networks.sort_by_key(|network| (network.is_v6, network.first(), network.prefix));
    match (action.as_str(), networks.first().copied()) {
        ("span", Some(mut span)) => {
            while networks.iter().any(|network| !span.contains(*network)) && span.prefix > 0 {
                span = Network { prefix: span.prefix - 1, ..span }.trunc();
            }
            Ok(span.to_string().into())
        }
        ("merge", _) => {
            let mut merged: Vec<Network> = Vec::new();
            for network in networks {
                if merged.last().is_some_and(|last| last.contains(network)) {
                    continue;
                }
                merged.push(network);
                while let [.., a, b] = merged[..] {
                    let both = Network { prefix: a.prefix.saturating_sub(1), ..a }.trunc();
                    if a.prefix != b.prefix || a.prefix == 0 || both.first() != a.first() || !both.contains(b) {
                        break;
                    }
                    merged.truncate(merged.len() - 2);
                    merged.push(both);
                }
            }
            Ok(merged.iter().map(|network| Value::from(network.to_string())).collect::<Vec<_>>().into())
        }
        ("span", None) => Err(failed("there are no networks")),
        _ => Err(failed("the action is `merge` or `span`")),
    }
}

/// The addresses of a list that are in a network.
fn reduce_on_network(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let outer = network(&arguments.required("network")?).ok_or_else(|| failed("this is no network"))?;
    let list = items(value)?;
    let inside = list.into_iter().filter(|item| {
        let text = python::text(item).map(Value::from).unwrap_or_default();
        network(&text).is_some_and(|network| outer.contains(network))
    });
    Ok(inside.collect::<Vec<_>>().into())
}
