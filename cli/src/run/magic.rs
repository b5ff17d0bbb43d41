//! Ansible's magic variables in a task: who the host is, what the play is, and what is known of other hosts.

use std::{collections::BTreeMap, fmt, sync::Arc};

use minijinja::value::{Enumerator, Object, Value};

use super::{
    memory::Memory,
    variables::{Layer, Variables},
};
use crate::{
    inventory::Inventory,
    playbook::Role,
    template::{Engine, Names},
};

/// What an argument that is to be left out is set to (`default(omit)`).
pub(super) const OMIT: &str = "__omit_place_holder__lvsctl";

/// The version of Ansible whose behaviour is followed.
const ANSIBLE: [u32; 3] = [2, 19, 0];

/// The names of a play: the same for all its hosts.
#[derive(Debug, Default)]
pub(super) struct PlayNames {
    pub(super) play: String,
    pub(super) folder: String,
    /// The hosts of the play, and of the batch.
    pub(super) hosts: Vec<String>,
    pub(super) batch: Vec<String>,
    /// Those of the batch that failed or cannot be reached.
    pub(super) out: std::sync::Mutex<Vec<String>>,
    pub(super) roles: Vec<String>,
    pub(super) check: bool,
    pub(super) diff: bool,
    pub(super) run_tags: Vec<String>,
    pub(super) skip_tags: Vec<String>,
}

/// The magic variables of one host in one task.
pub(super) struct Magic {
    pub(super) world: World,
    pub(super) host: String,
    pub(super) play: Arc<PlayNames>,
    pub(super) role: Option<Arc<Role>>,
}

/// What is known of all hosts.
#[derive(Clone)]
pub(super) struct World {
    pub(super) inventory: Arc<Inventory>,
    /// Each host's variables of the inventory, as written.
    pub(super) written: Arc<BTreeMap<String, Arc<crate::inventory::Vars>>>,
    pub(super) memory: Arc<Memory>,
    pub(super) engine: Engine,
}

impl fmt::Debug for Magic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Magic").field("host", &self.host).finish_non_exhaustive()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

const OF_PLAY: [&str; 21] = [
    "playbook_dir",
    "ansible_play_name",
    "ansible_play_hosts_all",
    "ansible_play_hosts",
    "play_hosts",
    "ansible_play_batch",
    "ansible_play_role_names",
    "role_names",
    "ansible_role_names",
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_run_tags",
    "ansible_skip_tags",
    "ansible_version",
    "ansible_managed",
    "omit",
    "role_name",
    "ansible_role_name",
    "role_path",
    "ansible_parent_role_names",
    "environment",
];

impl Names for Magic {
    fn get(self: Arc<Self>, name: &str) -> Option<Value> {
        let play = &self.play;
        let list = |texts: &[String]| texts.iter().map(String::as_str).collect::<Value>();
        let present = |hosts: &[String]| {
            let out = play.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            hosts.iter().filter(|host| !out.contains(host)).map(String::as_str).collect::<Value>()
        };
        Some(match name {
            "playbook_dir" => Value::from(play.folder.as_str()),
            "ansible_play_name" => Value::from(play.play.as_str()),
            "ansible_play_hosts_all" => list(&play.hosts),
            "ansible_play_hosts" => present(&play.hosts),
            "play_hosts" | "ansible_play_batch" => present(&play.batch),
            "ansible_play_role_names" | "role_names" | "ansible_role_names" => list(&play.roles),
            "ansible_check_mode" => Value::from(play.check),
            "ansible_diff_mode" => Value::from(play.diff),
            "ansible_run_tags" => list(&play.run_tags),
            "ansible_skip_tags" => list(&play.skip_tags),
            "ansible_managed" => Value::from("Ansible managed"),
            "omit" => Value::from(OMIT),
            "ansible_version" => version(),
            "role_name" | "ansible_role_name" => Value::from(self.role.as_ref()?.name.as_str()),
            "role_path" => {
                let folder = &self.role.as_ref()?.folder;
                let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                Value::from(folder.display().to_string())
            }
            "ansible_parent_role_names" => list(&self.role.as_ref()?.parents),
            _ => return self.world.magic(&self.host, name),
        })
    }

    fn all(&self) -> Vec<String> {
        OF_HOST.iter().chain(&OF_PLAY).map(|name| (*name).to_owned()).collect()
    }
}

fn version() -> Value {
    let [major, minor, revision] = ANSIBLE;
    let full = format!("{major}.{minor}.{revision}");
    Value::from(BTreeMap::from([
        ("full", Value::from(full.as_str())),
        ("string", Value::from(full.as_str())),
        ("major", Value::from(major)),
        ("minor", Value::from(minor)),
        ("revision", Value::from(revision)),
    ]))
}

const OF_HOST: [&str; 7] = [
    "inventory_hostname",
    "inventory_hostname_short",
    "group_names",
    "groups",
    "hostvars",
    "inventory_file",
    "inventory_dir",
];

impl World {
    /// A magic variable that follows from the inventory.
    fn magic(&self, host: &str, name: &str) -> Option<Value> {
        Some(match name {
            "inventory_hostname" => Value::from(host),
            "inventory_hostname_short" if host.parse::<std::net::IpAddr>().is_ok() => Value::from(host),
            "inventory_hostname_short" => Value::from(host.split('.').next().unwrap_or(host)),
            "group_names" => {
                let own = self.inventory.host(host).map(|host| host.groups.clone()).unwrap_or_default();
                let made = self.memory.groups();
                let mut names: Vec<String> = own;
                names.extend(
                    made.into_iter()
                        .filter(|(_, hosts)| hosts.iter().any(|member| member == host))
                        .map(|(name, _)| name),
                );
                if names.len() > 1 {
                    names.retain(|name| name != "ungrouped");
                }
                names.sort();
                names.dedup();
                names.iter().map(String::as_str).collect()
            }
            "groups" => Value::from_object(Groups(self.clone())),
            "hostvars" => Value::from_object(HostVars(self.clone())),
            "inventory_file" | "inventory_dir" => {
                let source = self.inventory.host(host)?.span.source().name().to_owned();
                let path = std::path::absolute(&source).unwrap_or_else(|_| source.into());
                let shown = if name == "inventory_dir" { path.parent().unwrap_or(&path).to_owned() } else { path };
                Value::from(shown.display().to_string())
            }
            _ => return None,
        })
    }

    /// The variables of a host outside of any play.
    fn variables(&self, host: &str) -> Arc<Variables> {
        let known = self.memory.of(host);
        let mut layers = vec![
            Layer::Names(Arc::new(HostNames { world: self.clone(), host: host.to_owned() })),
            Layer::Known(known.set),
            Layer::Written(known.included),
            Layer::Known(known.facts),
        ];
        layers.extend(self.written.get(host).cloned().map(Layer::Written));
        Variables::new(&self.engine, layers, Arc::default())
    }
}

/// The magic variables of a host outside of any play.
#[derive(Debug)]
struct HostNames {
    world: World,
    host: String,
}

impl Names for HostNames {
    fn get(self: Arc<Self>, name: &str) -> Option<Value> {
        self.world.magic(&self.host, name)
    }

    fn all(&self) -> Vec<String> {
        OF_HOST.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// `groups`: lists of hosts by group.
#[derive(Debug)]
struct Groups(World);

impl Object for Groups {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let mut hosts: Vec<String> = self.0.inventory.group(name).map(|group| group.hosts.clone()).unwrap_or_default();
        let made = self.0.memory.groups();
        match made.get(name) {
            Some(more) => hosts.extend(more.iter().filter(|host| !hosts.contains(host)).cloned().collect::<Vec<_>>()),
            None if self.0.inventory.group(name).is_none() => return None,
            None => {}
        }
        if made.contains_key(name) {
            // Whichever host came to the task first.
            hosts.sort_by_key(|host| self.0.inventory.position(host));
        }
        Some(hosts.iter().map(String::as_str).collect())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names: Vec<String> = self.0.inventory.groups.keys().cloned().collect();
        names.extend(self.0.memory.groups().into_keys());
        names.sort();
        names.dedup();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }
}

/// `hostvars`: the variables of hosts by name.
#[derive(Debug)]
struct HostVars(World);

impl Object for HostVars {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let host = key.as_str()?;
        self.0.inventory.host(host)?;
        Some(Value::from_object(OneHost(self.0.variables(host))))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.inventory.hosts.iter().map(|host| Value::from(host.name.as_str())).collect())
    }
}

/// The variables of one host, as `hostvars['web1']`.
#[derive(Debug)]
struct OneHost(Arc<Variables>);

impl Object for OneHost {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Names::get(Arc::clone(&self.0), key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        // Without `hostvars`, in which the host would find itself again and again.
        let mut names = self.0.all();
        names.retain(|name| name != "hostvars");
        names.sort();
        names.dedup();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }
}
