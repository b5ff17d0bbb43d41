//! An inventory as `ansible-inventory` shows it: `--list`, `--graph` and `--host`.
//!
//! As there, variables are shown as written and templates in them are not rendered; magic variables are left out.

use serde_json::{Map, Value, json};

use super::{Host, Inventory};

/// `INTERNAL_STATIC_VARS` of Ansible, as far as an inventory can define them.
const INTERNAL: &[&str] = &[
    "ansible_facts",
    "ansible_version",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "playbook_dir",
];

/// The whole inventory in the form of a dynamic inventory: groups, and `_meta` with the variables of hosts.
pub fn list(inventory: &Inventory) -> Value {
    let mut list = Map::new();
    for (name, group) in &inventory.groups {
        let mut entry = Map::new();
        if !group.children.is_empty() {
            entry.insert("children".to_owned(), json!(group.children));
        }
        if !group.direct_hosts.is_empty() && name != "all" {
            entry.insert("hosts".to_owned(), json!(group.direct_hosts));
        }
        if !entry.is_empty() {
            list.insert(name.clone(), entry.into());
        }
    }
    let hostvars = inventory.hosts.iter().map(|host| (host.name.clone(), self::host(host)));
    let hostvars: Map<String, Value> =
        hostvars.filter(|(_, vars)| vars.as_object().is_some_and(|vars| !vars.is_empty())).collect();
    list.insert("_meta".to_owned(), json!({ "hostvars": hostvars, "profile": "inventory_legacy" }));
    sorted(list.into())
}

/// The variables of a host.
pub fn host(host: &Host) -> Value {
    let vars = host.vars.iter().filter(|(name, _)| !INTERNAL.contains(&name.as_str()));
    sorted(vars.map(|(name, node)| (name.clone(), node.to_json())).collect::<Map<_, _>>().into())
}

/// The tree of a group and what is below it; `None` where there is no such group.
pub fn graph(inventory: &Inventory, group: &str) -> Option<String> {
    let mut lines = Vec::new();
    inventory.group(group)?;
    branch(inventory, group, 0, &mut lines);
    Some(lines.join("\n"))
}

fn branch(inventory: &Inventory, name: &str, depth: usize, lines: &mut Vec<String>) {
    let line = |depth: usize, text: String| match depth {
        0 => text,
        _ => format!("{}--{text}", "  |".repeat(depth)),
    };
    lines.push(line(depth, format!("@{name}:")));
    let Some(group) = inventory.group(name) else { return };
    for child in &group.children {
        branch(inventory, child, depth + 1, lines);
    }
    if name != "all" {
        lines.extend(group.direct_hosts.iter().map(|host| line(depth + 1, host.clone())));
    }
}

/// JSON as `ansible-inventory` prints it: with four spaces.
pub fn text(value: &Value) -> String {
    let mut json = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, formatter);
    serde::Serialize::serialize(value, &mut serializer).expect("a JSON value can always be written to memory");
    String::from_utf8(json).expect("JSON is written as UTF-8")
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn inventory() -> Inventory {
        let text = "
all:
  vars: { z: 1, a: [{ b: yes, a: 'é' }], templated: '{{ z }}' }
  children:
    web: { hosts: { web1: , web2: }, children: { edge: { hosts: { web2: } } } }
    empty:
  hosts: { lone: }
";
        Inventory::parse(&Source::new("hosts.yml", text)).unwrap()
    }

    #[test]
    fn the_list_is_that_of_ansible_inventory() {
        insta::assert_snapshot!(text(&list(&inventory())), @r#"
        {
            "_meta": {
                "hostvars": {
                    "lone": {
                        "a": [
                            {
                                "a": "é",
                                "b": true
                            }
                        ],
                        "templated": "{{ z }}",
                        "z": 1
                    },
                    "web1": {
                        "a": [
                            {
                                "a": "é",
                                "b": true
                            }
                        ],
                        "templated": "{{ z }}",
                        "z": 1
                    },
                    "web2": {
                        "a": [
                            {
                                "a": "é",
                                "b": true
                            }
                        ],
                        "templated": "{{ z }}",
                        "z": 1
                    }
                },
                "profile": "inventory_legacy"
            },
            "all": {
                "children": [
                    "ungrouped",
                    "web",
                    "empty"
                ]
            },
            "edge": {
                "hosts": [
                    "web2"
                ]
            },
            "ungrouped": {
                "hosts": [
                    "lone"
                ]
            },
            "web": {
                "children": [
                    "edge"
                ],
                "hosts": [
                    "web1",
                    "web2"
                ]
            }
        }
        "#);
    }

    #[test]
    fn the_graph_is_that_of_ansible_inventory() {
        insta::assert_snapshot!(graph(&inventory(), "all").unwrap(), @r"
        @all:
          |--@ungrouped:
          |  |--lone
          |--@web:
          |  |--@edge:
          |  |  |--web2
          |  |--web1
          |  |--web2
          |--@empty:
        ");
        insta::assert_snapshot!(graph(&inventory(), "edge").unwrap(), @r"
        @edge:
          |--web2
        ");
        assert_eq!(graph(&inventory(), "nope"), None);
    }

    #[test]
    fn a_host_is_shown_with_its_variables_as_written() {
        insta::assert_snapshot!(text(&host(inventory().host("lone").unwrap())), @r#"
        {
            "a": [
                {
                    "a": "é",
                    "b": true
                }
            ],
            "templated": "{{ z }}",
            "z": 1
        }
        "#);
    }
}
