//! `lvs_services` of every host. It mostly stands once, for all of them, and is then read once.

use std::{collections::HashMap, sync::Arc};

use super::ServiceSpec;
use crate::{
    inventory::Inventory,
    model::Mistakes,
    source::Diagnostic,
    yaml::{Node, Value},
};

/// A virtual service with the hosts that have it among their variables.
#[derive(Debug)]
pub(crate) struct Carried {
    /// The service.
    pub(crate) spec: ServiceSpec,
    /// The hosts, in the order of the inventory.
    pub(crate) hosts: Vec<String>,
}

/// Reads `lvs_services` of every host. A service that is the same for many hosts comes once.
pub(crate) fn read_services(inventory: &Inventory, mistakes: &mut Mistakes) -> Vec<Carried> {
    let mut lists: Vec<(&Node, Vec<String>)> = Vec::new();
    // A list is known by its place; templates can still make different values of it on different hosts.
    let mut by_place: HashMap<(usize, usize, usize), Vec<usize>> = HashMap::new();
    for host in &inventory.hosts {
        let Some(node) = host.vars.get("lvs_services").filter(|node| !node.is_null()) else { continue };
        let range = node.span.range();
        let place = (Arc::as_ptr(node.span.source()) as usize, range.start, range.end);
        let known = by_place.entry(place).or_default();
        if let Some(&index) = known.iter().find(|&&index| same(lists[index].0, node)) {
            lists[index].1.push(host.name.clone());
        } else {
            known.push(lists.len());
            lists.push((node, vec![host.name.clone()]));
        }
    }
    let mut services = Vec::new();
    for (node, hosts) in lists {
        let Some(items) = mistakes.take(node.as_list().map_err(not_a_list)) else { continue };
        for item in items {
            let spec = ServiceSpec::read(item, mistakes);
            services.extend(spec.map(|spec| Carried { spec, hosts: hosts.clone() }));
        }
    }
    services
}

fn not_a_list(mistake: Diagnostic) -> Diagnostic {
    mistake.hint("one service an item, each after a dash: `- name: www`")
}

fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::List(left), Value::List(right)) => {
            Arc::ptr_eq(left, right)
                || left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right.iter())
                    .all(|((key, left), (other, right))| key.name == other.name && same(left, right))
        }
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Float(left), Value::Float(right)) => left.to_bits() == right.to_bits(),
        (Value::Null, Value::Null) => true,
        _ => false,
    }
}
