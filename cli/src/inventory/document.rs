//! A YAML inventory: groups at the top, each with `hosts`, `vars` and `children`.
//!
//! What a group has besides is passed over, as by Ansible, and is doubtful: a mistyped `childen` leaves hosts out of a
//! roll-out.

use super::{draft::Draft, entry::Entry, findings::Findings};
use crate::{
    source::{Code, Diagnostic, did_you_mean},
    yaml::{self, Key, Map, Node, Value},
};

pub(crate) const SECTIONS: [&str; 3] = ["hosts", "vars", "children"];

/// Adds a document to the draft; what is wrong in it is noted and the rest is still read.
pub(super) fn read(draft: &mut Draft, findings: &mut Findings, document: &Node) {
    let Findings { mistakes: found, doubts } = findings;
    let map = match &document.value {
        Value::Null => return,
        Value::Map(map) => map,
        _ => {
            found.push(
                document
                    .wrong_type("a mapping of groups")
                    .hint("an inventory begins with a group:\nall:\n  hosts:\n    web1:"),
            );
            return;
        }
    };
    if let Some((key, _)) = map.entry("plugin") {
        let title = "the file configures an inventory plugin of Ansible's";
        found.push(
            Diagnostic::new(Code::UnsupportedYaml, title, &key.span, "lvsctl does not run plugins")
                .hint("let Ansible write the inventory down: `ansible-inventory --list --yaml > inventory.yml`"),
        );
        return;
    }
    let mut reader = Reader { draft, found, doubts };
    for (key, node) in map.iter() {
        reader.group(key, node);
    }
}

struct Reader<'a> {
    draft: &'a mut Draft,
    found: &'a mut Vec<Diagnostic>,
    doubts: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn group(&mut self, key: &Key, node: &Node) -> Option<usize> {
        if let Err(mistake) = is_text(key, "group") {
            self.found.push(mistake);
            return None;
        }
        let map = match &node.value {
            Value::Null => return Some(self.draft.group(&key.name, &key.span)),
            Value::Map(map) => map,
            // Below `children` it is a group all the same, only without anything in it.
            _ => {
                self.doubts.push(not_a_group(key, node));
                return self.draft.find_group(&key.name);
            }
        };
        let group = self.draft.group(&key.name, &key.span);
        for (key, node) in map.iter() {
            match key.name.as_str() {
                "vars" => {
                    for (key, node) in self.section(key, node, "port: 80") {
                        self.draft.set_group_var(group, &key.name, &node, self.found);
                    }
                }
                "children" => {
                    for (key, node) in self.section(key, node, "web:") {
                        if let Some(child) = self.group(&key, &node) {
                            self.draft.add_child(group, child, &key.span);
                        }
                    }
                }
                "hosts" => {
                    for (key, node) in self.section(key, node, "web1:") {
                        self.hosts(group, &key, &node);
                    }
                }
                _ => self.doubts.push(unknown_section(key, &self.draft.groups[group].name)),
            }
        }
        Some(group)
    }

    /// The entries of a section. A single host or group as text is allowed, as Ansible allows it.
    fn section(&mut self, section: &Key, node: &Node, example: &str) -> Vec<(Key, Node)> {
        match &node.value {
            Value::Null => Vec::new(),
            Value::Map(map) => map.iter().map(|(key, node)| (key.clone(), node.clone())).collect(),
            Value::String(name) if section.name != "vars" => {
                let key = Key { name: name.clone(), span: node.span.clone() };
                vec![(key, Node { value: Value::Null, span: node.span.clone() })]
            }
            _ => {
                self.found.push(wrong_section(node, &section.name, example));
                Vec::new()
            }
        }
    }

    fn hosts(&mut self, group: usize, key: &Key, node: &Node) {
        let vars = match &node.value {
            Value::Null => None,
            Value::Map(vars) => Some(vars),
            _ => {
                let form = format!("the variables of a host are a mapping:\n{}:\n  ansible_host: 192.0.2.1", key.name);
                self.found.push(node.wrong_type(&format!("the variables of `{}`", key.name)).hint(form));
                return;
            }
        };
        let entry = match is_text(key, "host").and_then(|()| Entry::read(&key.name, &key.span)) {
            Ok(entry) => entry,
            Err(diagnostic) => return self.found.push(diagnostic),
        };
        if let Err(mistake) = self.draft.reserve(entry.names.len(), vars.map_or(0, Map::len), &key.span) {
            return self.found.push(mistake);
        }
        for name in entry.names {
            let host = self.draft.add_host(group, name, &key.span, entry.port.as_ref());
            for (key, node) in vars.into_iter().flat_map(Map::iter) {
                self.draft.set_host_var(host, &key.name, node, self.found);
            }
        }
    }
}

/// `1.10:` would be the host `1.1`, and `yes:` the group `true`.
fn is_text(key: &Key, what: &str) -> Result<(), Diagnostic> {
    let written = key.span.text();
    if written == key.name || written.starts_with(['"', '\'', '&', '!', '*', '?']) || key.span.source().is_secret() {
        return if yaml::is_text(written) { Ok(()) } else { Err(no_text(key, written, what)) };
    }
    Err(no_text(key, written, what))
}

fn no_text(key: &Key, written: &str, what: &str) -> Diagnostic {
    Diagnostic::new(
        Code::WrongType,
        format!("`{written}` is a number, a date or a truth value, and no name"),
        &key.span,
        "",
    )
    .hint(format!("put the name of the {what} into quotes: \"{written}\":"))
}

fn unknown_section(key: &Key, group: &str) -> Diagnostic {
    let title = format!("unknown key `{}` in the group `{group}`", key.name);
    let hint = match did_you_mean(&key.name, SECTIONS) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "a group has `hosts`, `vars` and `children`; a group below `{group}` belongs into its `children`, \
             a variable into its `vars`"
        ),
    };
    Diagnostic::new(Code::UnknownKey, title, &key.span, "").hint(hint)
}

fn wrong_section(node: &Node, name: &str, example: &str) -> Diagnostic {
    let first = match &node.value {
        Value::List(items) => items.iter().find_map(|item| item.as_str().ok()).map(|name| format!("{name}:")),
        _ => None,
    };
    let line = first.unwrap_or_else(|| example.to_owned());
    node.wrong_type(&format!("a mapping for `{name}`"))
        .hint(format!("write each entry as a key, with a colon and without a dash:\n{name}:\n  {line}"))
}

fn not_a_group(key: &Key, node: &Node) -> Diagnostic {
    node.wrong_type(&format!("a mapping for the group `{}`", key.name))
        .hint(format!("a group has `hosts`, `vars` and `children`:\n{}:\n  hosts:\n    web1:", key.name))
}
