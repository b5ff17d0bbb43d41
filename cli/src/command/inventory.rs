//! `lvsctl inventory`.

use super::{Error, prepared::read_inventory, screen};
use crate::{
    args::InventoryArgs,
    exit::Exit,
    inventory::output,
    source::{Code, Diagnostic, Diagnostics, did_you_mean},
};

/// Shows hosts, groups and variables.
pub(super) fn run(args: &InventoryArgs) -> Result<Exit, Error> {
    let (inventory, _) = read_inventory(&args.sources)?;
    let text = if let Some(name) = &args.host {
        let host = inventory.host(name);
        let host = host.ok_or_else(|| unknown("host", name, inventory.hosts.iter().map(|host| host.name.as_str())))?;
        output::text(&output::host(host))
    } else if let Some(name) = &args.graph {
        let graph = output::graph(&inventory, name);
        graph.ok_or_else(|| unknown("group", name, inventory.groups.keys().map(String::as_str)))?
    } else {
        output::text(&output::list(&inventory))
    };
    screen::print(&format!("{}\n", text.trim_end()))?;
    Ok(Exit::Ok)
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostics {
    let mistake = Diagnostic::without_place(Code::BadPattern, format!("the inventory has no {what} `{name}`"));
    match did_you_mean(name, known) {
        Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
        None => mistake.hint("see `lvsctl inventory --graph`"),
    }
    .into()
}
