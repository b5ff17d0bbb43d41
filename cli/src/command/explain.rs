//! `lvsctl explain`.

use std::fmt::Write;

use super::{Error, inventory::unknown, prepared, screen};
use crate::{
    args::ExplainArgs,
    exit::Exit,
    inventory::{Explanation, Host, Inventory, resolve, value_text},
    session::{is_password, keep_passwords_secret},
    template::has_template,
    vault,
};

/// Tells where the values of a host's variables come from.
pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Error> {
    let inventory = prepared::load_inventory(&args.sources, false)?;
    let host = inventory.host(&args.host);
    let host = host.ok_or_else(|| {
        unknown("the inventory", "host", &args.host, inventory.hosts.iter().map(|host| host.name.as_str()))
    })?;
    let rendered = rendered(&inventory, &host.name);
    let text = match &args.variable {
        Some(name) => explain(&inventory, host, rendered.as_ref(), name)
            .ok_or_else(|| {
                unknown(&format!("the host `{}`", host.name), "variable", name, host.vars.keys().map(String::as_str))
            })?
            .to_string(),
        None => overview(&inventory, host, rendered.as_ref()),
    };
    screen::print(&text)?;
    Ok(Exit::Ok)
}

/// The host with its templates rendered. Where they cannot be, that is said, and what is written is shown.
fn rendered(inventory: &Inventory, host: &str) -> Option<Host> {
    match resolve(inventory, &prepared::engine()) {
        Ok(resolved) => {
            keep_passwords_secret(&resolved.hosts);
            resolved.host(host).cloned()
        }
        Err(mistakes) => {
            screen::say(&mistakes.render_warnings(screen::has_colour()));
            None
        }
    }
}

fn explain(inventory: &Inventory, host: &Host, rendered: Option<&Host>, name: &str) -> Option<Explanation> {
    let mut explanation = inventory.explain(host, name)?;
    // Also one that loses.
    if is_password(name) {
        explanation
            .places
            .iter()
            .filter(|place| !has_template(&place.node))
            .for_each(|place| vault::keep_secret(&place.node));
    }
    let is_template = explanation.places.first().is_some_and(|place| has_template(&place.node));
    let node = rendered.filter(|_| is_template).and_then(|host| host.vars.get(name));
    explanation.rendered = node.map(value_text);
    Some(explanation)
}

/// Every variable on a line, with the place that won and how many others there are.
fn overview(inventory: &Inventory, host: &Host, rendered: Option<&Host>) -> String {
    let mut text = String::new();
    for name in host.vars.keys() {
        let Some(explanation) = explain(inventory, host, rendered, name) else { continue };
        let Some(place) = explanation.places.first() else { continue };
        let value = explanation.rendered.clone().unwrap_or_else(|| value_text(&place.node));
        let others = match explanation.places.len() - 1 {
            0 => String::new(),
            others => format!(", over {others} more"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} = {value}  ({}, {}{others})", place.node.span, place.origin);
    }
    text
}
