//! Inventories, ranges in them, and patterns: the first line is a comment with a pattern, the whole is the inventory.
#![no_main]

use std::{collections::BTreeSet, sync::Arc};

use libfuzzer_sys::fuzz_target;
use lvsctl::{
    inventory::{Host, Inventory, output},
    source::{Diagnostics, Source, Span},
    yaml::{self, Node, Value},
};

fuzz_target!(|text: &str| {
    let source = Source::new("hosts.yml", text);
    if let Ok(document) = yaml::parse(&source) {
        inside(&document, &source);
        written(&document);
    }
    match Inventory::parse(&source) {
        // Many hosts take their time, which is no finding.
        Ok(inventory) if inventory.hosts.len() > 1000 => {}
        Ok(inventory) => {
            whole(&inventory, &source);
            let pattern = text.lines().next().and_then(|line| line.strip_prefix('#')).unwrap_or("all");
            select(&inventory, pattern, &source);
        }
        Err(mistakes) => {
            assert!(!mistakes.all().is_empty());
            assert!(!mistakes.render(false).is_empty());
        }
    }
});

/// Every value is of this text, and stands within the one that it belongs to.
fn inside(node: &Node, source: &Arc<Source>) {
    assert!(Arc::ptr_eq(node.span.source(), source));
    assert!(node.span.range().end <= source.text().len());
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| inside(node, source)),
        Value::Map(map) => map.iter().for_each(|(_, node)| inside(node, source)),
        _ => {}
    }
}

/// What is written is read again.
fn written(document: &Node) {
    let json = document.to_json();
    let text = yaml::to_string(&json).expect("it is plain data");
    let again = yaml::parse(&Source::new("written.yml", text.as_str()));
    let again = again.unwrap_or_else(|mistake| panic!("{}\n{text}", Diagnostics::from(mistake)));
    assert_eq!(again.to_json(), json, "{text}");
}

fn whole(inventory: &Inventory, source: &Arc<Source>) {
    let names: Vec<&str> = inventory.hosts.iter().map(|host| host.name.as_str()).collect();
    let known: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(known.len(), names.len(), "no host stands twice");
    for host in &inventory.hosts {
        assert!(Arc::ptr_eq(host.span.source(), source));
        assert!(host.groups.iter().all(|group| inventory.group(group).is_some_and(|g| g.hosts.contains(&host.name))));
    }
    for group in inventory.groups.values() {
        assert!(group.hosts.iter().all(|host| known.contains(host.as_str())));
        assert!(group.children.iter().all(|child| inventory.group(child).is_some()));
    }
    assert_eq!(inventory.group("all").expect("it is always there").hosts.len(), names.len());
    assert!(output::list(inventory, &output::Show::default()).is_object());
}

fn select(inventory: &Inventory, pattern: &str, source: &Arc<Source>) {
    let names = |hosts: Vec<&Host>| hosts.iter().map(|host| host.name.clone()).collect::<Vec<_>>();
    let selected = match inventory.select(pattern) {
        Ok(selected) => names(selected),
        Err(error) => {
            let span = Span::new(source, 1..1 + pattern.len());
            assert!(!Diagnostics::from(error.clone().into_diagnostic(Some(&span))).render(false).is_empty());
            assert!(!Diagnostics::from(error.into_diagnostic(None)).render(false).is_empty());
            return;
        }
    };
    let distinct: BTreeSet<_> = selected.iter().collect();
    assert_eq!(distinct.len(), selected.len(), "no host is meant twice");
    assert!(selected.iter().all(|name| inventory.host(name).is_some()));
    // In a limit `@` stands before a file of patterns.
    if !pattern.contains('@') {
        let limited = inventory.select_within(pattern, Some(pattern)).map(names);
        assert_eq!(limited.ok().as_ref(), Some(&selected), "a pattern limits nothing of itself");
    }
    // What a name leaves out is what it does not mean. As in Ansible a name alone is first a host's and behind `!` a group's,
    // so that one of both leaves out more than it means.
    let is_both = |name: &str| inventory.host(name).is_some() && inventory.group(name).is_some();
    if !is_both("all")
        && !is_both(pattern.trim())
        && !pattern.trim().starts_with(['!', '&', '~'])
        && !pattern.trim().contains(|c: char| matches!(c, ',' | ':') || c.is_whitespace())
    {
        let others =
            inventory.select(&format!("all,!{}", pattern.trim())).map(names).expect("the same pattern was understood");
        let all: BTreeSet<_> = others.iter().chain(&selected).collect();
        assert_eq!(all.len(), others.len() + selected.len(), "a host is meant or not");
        assert_eq!(all.len(), inventory.hosts.len());
    }
}
