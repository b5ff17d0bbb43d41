//! An inventory as `ansible-inventory` shows it: `--list`, `--graph` and `--host`.
//!
//! As there, variables are shown as written and templates in them are not rendered; magic variables are left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Group, Host, Inventory, Origin, Vars, python};
use crate::yaml::{self, Marked, Node};

/// `INTERNAL_STATIC_VARS` of Ansible.
const INTERNAL: &[&str] = &[
    "ansible_async_path",
    "ansible_collection_name",
    "ansible_config_file",
    "ansible_dependent_role_names",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_forks",
    "ansible_inventory_sources",
    "ansible_limit",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_role_names",
    "ansible_playbook_python",
    "ansible_role_name",
    "ansible_role_names",
    "ansible_run_tags",
    "ansible_skip_tags",
    "ansible_verbosity",
    "ansible_version",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_names",
    "role_path",
    "role_uuid",
];

/// What of an inventory is shown.
#[derive(Clone, Debug, Default)]
pub struct Show {
    /// Only these hosts.
    pub hosts: Option<BTreeSet<String>>,
    /// Variables where they are defined, and not merged into each host.
    pub export: bool,
    /// The files of `group_vars` beside the playbook are shown with their groups, too.
    pub playbook_vars: bool,
}

/// The whole inventory in the form of a dynamic inventory: groups, and `_meta` with the variables of hosts.
pub fn list(inventory: &Inventory, show: &Show) -> Value {
    let is_shown = |host: &str| show.hosts.as_ref().is_none_or(|hosts| hosts.contains(host));
    let mut list = Map::new();
    for (name, group) in &inventory.groups {
        let mut entry = Map::new();
        if !group.children.is_empty() {
            entry.insert("children".to_owned(), json!(group.children));
        }
        let hosts: Vec<&String> = group.direct_hosts.iter().filter(|host| is_shown(host)).collect();
        if !hosts.is_empty() && name != "all" {
            entry.insert("hosts".to_owned(), json!(hosts));
        }
        let vars = if show.export { json_of(&group_vars(group, show)) } else { Map::new() };
        if !vars.is_empty() {
            entry.insert("vars".to_owned(), vars.into());
        }
        if !entry.is_empty() {
            list.insert(name.clone(), entry.into());
        }
    }
    let hosts = inventory.hosts.iter().filter(|host| is_shown(&host.name));
    let hostvars = hosts
        .map(|host| (host.name.clone(), json_of(&if show.export { own_vars(host, show) } else { host.vars.clone() })));
    let hostvars: Map<String, Value> =
        hostvars.filter(|(_, vars)| !vars.is_empty()).map(|(name, vars)| (name, vars.into())).collect();
    list.insert("_meta".to_owned(), json!({ "hostvars": hostvars, "profile": "inventory_legacy" }));
    sorted(list.into())
}

/// The variables of a host.
pub fn host(host: &Host) -> Value {
    sorted(shown(&host.vars).map(|(name, node)| (name.clone(), json_with(node, false))).collect::<Map<_, _>>().into())
}

/// What is said at the host itself, and in its `host_vars`.
fn own_vars(host: &Host, show: &Show) -> Vars {
    let own = host.layers.iter().filter(|layer| match layer.origin {
        Origin::Host | Origin::HostVars => true,
        Origin::PlaybookHostVars => show.playbook_vars,
        _ => false,
    });
    own.flat_map(|layer| layer.vars.clone()).collect()
}

/// As Ansible shows the variables of a group, its priority among them.
fn group_vars(group: &Group, show: &Show) -> Vars {
    let layers = group.layers.iter();
    let shown = layers.filter(|layer| show.playbook_vars || !matches!(layer.origin, Origin::PlaybookGroupVars(_)));
    let mut vars: Vars = shown.flat_map(|layer| layer.vars.clone()).collect();
    if let Some(priority) = &group.priority {
        vars.insert("ansible_group_priority".to_owned(), priority.clone());
    }
    vars
}

fn json_of(vars: &Vars) -> Map<String, Value> {
    shown(vars).map(|(name, node)| (name.clone(), json(node))).collect()
}

fn shown(vars: &Vars) -> impl Iterator<Item = (&String, &Node)> {
    vars.iter().filter(|(name, _)| !INTERNAL.contains(&name.as_str()))
}

/// A value with the marks that Ansible writes. What is encrypted stays so.
pub(super) fn json(node: &Node) -> Value {
    json_with(node, true)
}

/// That text is no template is not said of a single host.
fn json_with(node: &Node, marks_unsafe: bool) -> Value {
    let json = |node| json_with(node, marks_unsafe);
    match &node.value {
        yaml::Value::Marked(marked) => match &**marked {
            Marked::Unsafe(text) if !marks_unsafe => text.as_str().into(),
            Marked::Unsafe(text) => json!({ "__ansible_unsafe": text }),
            Marked::Vault(encrypted) => json!({ "__ansible_vault": encrypted.ciphertext() }),
            Marked::Time { json, .. } => json.as_str().into(),
        },
        yaml::Value::List(nodes) => nodes.iter().map(json).collect(),
        yaml::Value::Map(map) => map.iter().map(|(key, node)| (key.name.clone(), json(node))).collect(),
        _ => node.to_json(),
    }
}

/// The tree of a group and what is below it, with variables if they are asked for; `None` where there is no such group.
pub fn graph(inventory: &Inventory, group: &str, vars: Option<&Show>) -> Option<String> {
    let mut tree = Tree { inventory, vars, lines: Vec::new() };
    tree.branch(inventory.group(group)?, group, 0);
    Some(tree.lines.join("\n"))
}

struct Tree<'a> {
    inventory: &'a Inventory,
    vars: Option<&'a Show>,
    lines: Vec<String>,
}

impl Tree<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(match depth {
            0 => text.to_owned(),
            _ => format!("{}--{text}", "  |".repeat(depth)),
        });
    }

    fn branch(&mut self, group: &Group, name: &str, depth: usize) {
        self.line(depth, &format!("@{name}:"));
        for child in &group.children {
            if let Some(group) = self.inventory.group(child) {
                self.branch(group, child, depth + 1);
            }
        }
        let hosts = if name == "all" { &[] } else { &group.direct_hosts[..] };
        for host in hosts {
            self.line(depth + 1, host);
            if let (Some(_), Some(host)) = (self.vars, self.inventory.host(host)) {
                self.vars(&host.vars, depth + 2);
            }
        }
        if let Some(show) = self.vars {
            self.vars(&group_vars(group, show), depth + 1);
        }
    }

    fn vars(&mut self, vars: &Vars, depth: usize) {
        for (name, node) in shown(vars) {
            self.line(depth, &format!("{{{name} = {}}}", python::str(node)));
        }
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
        insta::assert_snapshot!(text(&list(&inventory(), &Show::default())), @r#"
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
        insta::assert_snapshot!(graph(&inventory(), "all", None).unwrap(), @r"
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
        insta::assert_snapshot!(graph(&inventory(), "edge", None).unwrap(), @r"
        @edge:
          |--web2
        ");
        assert_eq!(graph(&inventory(), "nope", None), None);
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
