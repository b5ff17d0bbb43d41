//! `lvsctl inventory`.

use std::collections::BTreeSet;

use super::{Error, prepared, screen};
use crate::{
    args::InventoryArgs,
    exit::Exit,
    inventory::{
        Inventory,
        output::{self, Show},
    },
    source::{Code, Diagnostic, Diagnostics, did_you_mean},
};

/// Shows hosts, groups and variables, as written: templates in them are not rendered.
pub(super) fn run(args: &InventoryArgs) -> Result<Exit, Error> {
    let inventory = prepared::load_inventory(&args.sources, true)?;
    let playbook_vars = args.sources.playbook_dir.is_some();
    let text = if let Some(name) = &args.host {
        let host = inventory.host(name);
        let host = host.ok_or_else(|| {
            unknown("the inventory", "host", name, inventory.hosts.iter().map(|host| host.name.as_str()))
        })?;
        output::text(&output::host(host))
    } else if let Some(name) = &args.graph {
        let show = Show { playbook_vars, ..Show::default() };
        let graph = output::graph(&inventory, name, args.vars.then_some(&show));
        graph.ok_or_else(|| unknown("the inventory", "group", name, inventory.groups.keys().map(String::as_str)))?
    } else if let Some(pattern) = &args.list_hosts {
        let hosts = inventory.select_within(pattern, args.limit.as_deref());
        let hosts = hosts.map_err(|error| Diagnostics::from(error.into_diagnostic(None)))?;
        hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join("\n")
    } else {
        let hosts = args.limit.as_deref().map(|limit| names(&inventory, limit)).transpose()?;
        output::text(&output::list(&inventory, &Show { hosts, export: args.export, playbook_vars }))
    };
    let text = text.trim_end();
    if !text.is_empty() {
        screen::print(&format!("{text}\n"))?;
    }
    Ok(Exit::Ok)
}

fn names(inventory: &Inventory, limit: &str) -> Result<BTreeSet<String>, Diagnostics> {
    let hosts = inventory.select_within("all", Some(limit)).map_err(|error| error.into_diagnostic(None))?;
    Ok(hosts.into_iter().map(|host| host.name.clone()).collect())
}

pub(super) fn unknown<'a>(owner: &str, what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostics {
    let mistake = Diagnostic::without_place(Code::BadPattern, format!("{owner} has no {what} `{name}`"));
    match did_you_mean(name, known) {
        Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
        None if what == "variable" => mistake.hint("`lvsctl explain HOST` shows those that there are"),
        None => mistake.hint("`lvsctl inventory --graph` shows the hosts and groups there are"),
    }
    .into()
}
