//! `lvsctl facts`.

use std::{collections::BTreeSet, fmt::Write};

use lvs_agent::wire::Facts;
use serde_json::{Map, Value as Json, json};

use super::{Error, identity, prepared, rights, screen};
use crate::{
    args::{FactsArgs, Output},
    exit::Exit,
    inventory::resolve,
    run::facts::named,
    session::{AgentBinary, Fleet},
    source::Diagnostics,
};

/// Shows what nodes told in their hello. Fails where one cannot be reached.
pub(super) async fn run(args: &FactsArgs) -> Result<Exit, Error> {
    screen::no_junit(args.options.output)?;
    let inventory = resolve(&prepared::load_inventory(&args.options.sources, false)?, &prepared::engine())?;
    let agent = AgentBinary::find(args.options.agent.as_deref())?;
    let mut hosts: BTreeSet<String> = inventory.hosts.iter().map(|host| host.name.clone()).collect();
    for pattern in [&args.pattern, &args.options.limit].into_iter().flatten() {
        let picked = inventory.select_limit(pattern).map_err(|error| Diagnostics::from(error.into_diagnostic(None)))?;
        let picked: BTreeSet<String> = picked.into_iter().map(|host| host.name.clone()).collect();
        hosts = &hosts & &picked;
    }
    let order: Vec<&str> =
        inventory.hosts.iter().map(|host| host.name.as_str()).filter(|host| hosts.contains(*host)).collect();
    let targets = prepared::targets(&inventory, order.iter().copied(), &rights::wish(&args.options.rights)?)?;
    let mut fleet = Fleet::new(agent, identity::purpose(false));
    let mut failed = false;
    fleet
        .connect(targets, args.options.forks.into(), |host, result| {
            if let Err(error) = result {
                failed = true;
                screen::tell_failure(host, &error.to_failure());
            }
        })
        .await;
    for host in order {
        let Some(session) = fleet.get(host) else { continue };
        let facts = session.facts();
        let picked = picked(named(facts), &args.filter);
        screen::print(&match (args.options.output, args.filter.is_empty()) {
            (Output::Json, _) => format!("{}\n", json!({ "host": host, "ansible_facts": picked })),
            (_, true) => overview(host, facts),
            (_, false) => listing(host, &picked),
        })?;
    }
    screen::tell_partings(fleet.close().await);
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

/// The facts that one of the patterns names; all where there is none.
fn picked(facts: Map<String, Json>, filter: &[String]) -> Map<String, Json> {
    let is_picked = |name: &str| {
        filter.is_empty()
            || filter.iter().any(|pattern| matches(pattern.strip_prefix("ansible_").unwrap_or(pattern), name))
    };
    facts.into_iter().filter(|(name, _)| is_picked(name)).collect()
}

/// Whether a name is what a pattern with `*` stands for.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((begin, rest)) => name.strip_prefix(begin).is_some_and(|name| {
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| matches(rest, &name[at..]))
        }),
    }
}

fn listing(host: &str, facts: &Map<String, Json>) -> String {
    let mut text = format!("{host}\n");
    for (name, value) in facts {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        writeln!(text, "  {name}: {value}").expect("a string takes all");
    }
    text
}

/// What matters for LVS, for people.
fn overview(host: &str, facts: &Facts) -> String {
    let named = named(facts);
    let of = |name: &str| named.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let machine = &facts.machine;
    let mut lines = vec![
        ("system", format!("{} {} ({})", of("distribution"), facts.distribution_version, of("os_family"))),
        ("kernel", format!("{} {}", facts.kernel, facts.architecture)),
        ("processors", format!("{}, {} MiB of memory", machine.processors, machine.memory_kb / 1024)),
        ("init", of("service_mgr")),
        ("packages", of("pkg_mgr")),
    ];
    for device in &facts.interfaces {
        let addresses: Vec<String> = device.addresses.iter().map(ToString::to_string).collect();
        let state = if device.up { "" } else { ", down" };
        lines.push(("device", format!("{} {} (mtu {}{state})", device.name, addresses.join(" "), device.mtu)));
    }
    let mut routes: Vec<_> = machine.routes.iter().collect();
    routes.sort_by_key(|route| (route.to.prefix_len() != 0, route.to, route.metric));
    for route in routes {
        let via = route.via.map(|via| format!(" via {via}")).unwrap_or_default();
        let to = if route.to.prefix_len() == 0 { "default".to_owned() } else { route.to.to_string() };
        lines.push(("route", format!("{to}{via} dev {}", route.device)));
    }
    let mut modules: Vec<_> = machine.modules.iter().collect();
    modules.sort();
    let (loaded, rest): (Vec<_>, Vec<_>) = modules.into_iter().partition(|name| machine.loaded.contains(name));
    let list = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    lines.push(("loaded", list(loaded)));
    lines.push(("modules", list(rest)));
    lines.extend(machine.sysctls.iter().map(|(name, value)| ("sysctl", format!("{name} = {value}"))));
    let mut text = format!("{host}\n");
    for (name, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(text, "  {name:<10} {}", value.replace(char::is_control, "?")).expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_picked_by_patterns() {
        let names = ["default_ipv4", "default_ipv6", "eth0", "fqdn"];
        let facts = || names.iter().map(|name| ((*name).to_owned(), Json::Null)).collect::<Map<_, _>>();
        let picked = |filter: &[&str]| {
            let filter: Vec<String> = filter.iter().map(|&pattern| pattern.to_owned()).collect();
            picked(facts(), &filter).keys().cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(picked(&["ansible_default_*"]), "default_ipv4 default_ipv6");
        assert_eq!(picked(&["*6", "fqdn"]), "default_ipv6 fqdn");
        assert_eq!(picked(&[]), names.join(" "));
        assert_eq!(picked(&["eth"]), "");
    }
}
