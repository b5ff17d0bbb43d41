//! Where the value of a variable comes from: every place that defines it, which wins, and why.

use std::fmt;

use super::{Host, Inventory, Layer, Origin, names::MAGIC, output};
use crate::{vault, yaml::Marked, yaml::Node, yaml::Value};

/// Where the value of a variable of a host comes from.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The host.
    pub host: String,
    /// The variable.
    pub name: String,
    /// Every place that defines it, the one that wins first.
    pub places: Vec<Place>,
    /// What it is once its template is rendered, where it has one.
    pub rendered: Option<String>,
    /// Whether lvsctl gives it a value of its own.
    pub is_magic: bool,
}

/// A place that defines a variable.
#[derive(Clone, Debug)]
pub struct Place {
    /// The layer.
    pub origin: Origin,
    /// The value as written.
    pub node: Node,
    /// Why the place before this one wins over it; nothing for the first.
    pub loses: Option<String>,
}

impl Inventory {
    /// Explains a variable of a host; `None` where nothing defines it.
    pub fn explain(&self, host: &Host, name: &str) -> Option<Explanation> {
        let mut found: Vec<(&Layer, &Node)> = Vec::new();
        for layer in &host.layers {
            found.extend(layer.replaced.iter().filter(|(of, _)| of == name).map(|(_, node)| (&**layer, node)));
            found.extend(layer.vars.get(name).map(|node| (&**layer, node)));
        }
        found.reverse();
        let is_magic = MAGIC.contains(&name);
        if found.is_empty() && !is_magic {
            return None;
        }
        let place = |(position, (layer, node)): (usize, &(&Layer, &Node))| Place {
            origin: layer.origin.clone(),
            node: (*node).clone(),
            loses: position.checked_sub(1).map(|before| self.why(&found[before].0.origin, &layer.origin)),
        };
        let places = found.iter().enumerate().map(place).collect();
        Some(Explanation { host: host.name.clone(), name: name.to_owned(), places, rendered: None, is_magic })
    }

    /// Why one place wins over another.
    fn why(&self, winner: &Origin, loser: &Origin) -> String {
        match (group_of(winner), group_of(loser)) {
            _ if winner == loser => "it is read later".to_owned(),
            _ if rank(winner) > rank(loser) => match winner {
                Origin::ExtraVars => "the command line wins over all".to_owned(),
                Origin::PlaybookHostVars | Origin::PlaybookGroupVars(_) if same_kind(winner, loser) => {
                    "files beside the playbook win over those beside the inventory".to_owned()
                }
                Origin::HostVars | Origin::PlaybookHostVars => {
                    "files of host_vars win over the inventory and over groups".to_owned()
                }
                Origin::Host => "a host wins over its groups".to_owned(),
                _ if group_of(loser) == Some("all") => "every group wins over `all`".to_owned(),
                _ => "files of group_vars win over the inventory".to_owned(),
            },
            (Some(left), Some(right)) => self.why_of_groups(left, right),
            _ => "it is read later".to_owned(),
        }
    }

    fn why_of_groups(&self, winner: &str, loser: &str) -> String {
        let (Some(left), Some(right)) = (self.group(winner), self.group(loser)) else { return String::new() };
        if loser == "all" {
            return "every group wins over `all`".to_owned();
        }
        if left.depth != right.depth {
            return format!("`{winner}` is deeper in the tree ({} below `all`, `{loser}` {})", left.depth, right.depth);
        }
        let priority = |node: &Option<Node>| node.as_ref().and_then(|node| node.as_int().ok()).unwrap_or(1);
        let (own, other) = (priority(&left.priority), priority(&right.priority));
        if own == other {
            return format!(
                "`{winner}` comes after `{loser}` in the alphabet; ansible_group_priority would decide otherwise"
            );
        }
        format!("ansible_group_priority of `{winner}` is {own}, of `{loser}` {other}")
    }
}

fn group_of(origin: &Origin) -> Option<&str> {
    match origin {
        Origin::Group(group) | Origin::GroupVars(group) | Origin::PlaybookGroupVars(group) => Some(group),
        _ => None,
    }
}

fn same_kind(winner: &Origin, loser: &Origin) -> bool {
    matches!(
        (winner, loser),
        (Origin::PlaybookHostVars, Origin::HostVars) | (Origin::PlaybookGroupVars(_), Origin::GroupVars(_))
    )
}

/// The order of merging, of which groups of the same rank have an order among themselves.
fn rank(origin: &Origin) -> usize {
    let of_all = |group: &str, all: usize, other: usize| if group == "all" { all } else { other };
    match origin {
        Origin::Group(group) => of_all(group, 0, 1),
        Origin::GroupVars(group) => of_all(group, 2, 4),
        Origin::PlaybookGroupVars(group) => of_all(group, 3, 5),
        Origin::Host => 6,
        Origin::HostVars => 7,
        Origin::PlaybookHostVars => 8,
        Origin::ExtraVars => 9,
    }
}

/// A value in one line; what was encrypted is not shown.
pub fn value_text(node: &Node) -> String {
    let is_encrypted = matches!(&node.value, Value::Marked(marked) if matches!(**marked, Marked::Vault(_)));
    if is_encrypted || node.span.source().is_secret() {
        return "********".to_owned();
    }
    vault::mask(&output::json(node).to_string()).into_owned()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, name, places, rendered, is_magic } = self;
        let value = rendered.clone().or_else(|| places.first().map(|place| value_text(&place.node)));
        match value.filter(|_| !is_magic) {
            Some(value) => writeln!(f, "{name} of {host} is {value}")?,
            None => writeln!(f, "{name} of {host} is set by lvsctl itself, which wins over every other place")?,
        }
        for (position, place) in places.iter().enumerate() {
            let mark = if position == 0 && !is_magic { "wins:" } else { "     " };
            writeln!(f, "  {mark} {}, {}: {}", place.node.span, place.origin, value_text(&place.node))?;
            if let Some(next) = places.get(position + 1)
                && let Some(why) = &next.loses
            {
                writeln!(f, "          over the next, since {why}")?;
            }
        }
        Ok(())
    }
}
