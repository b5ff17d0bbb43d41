//! What a host's templates may use: its variables, and what Ansible calls magic variables.
//!
//! `inventory_hostname`, `inventory_hostname_short`, `group_names`, `groups`, `hostvars`, `inventory_file`,
//! `inventory_dir`, `playbook_dir` and `ansible_version`. They win over variables of the same name. Everything is looked up when it is asked for, since
//! `hostvars` in the context of each of a thousand hosts would be a million tables.

use std::{fmt, path, path::Path, path::PathBuf, sync::Arc};

use minijinja::value::{Enumerator, Object, Value};

use super::{Host, Inventory, address};
use crate::template::{Context, Names, to_value};

pub(super) const MAGIC: [&str; 9] = [
    "inventory_hostname",
    "inventory_hostname_short",
    "group_names",
    "groups",
    "hostvars",
    "inventory_file",
    "inventory_dir",
    "playbook_dir",
    "ansible_version",
];

/// The context of a host's templates. The inventory is one that is resolved.
pub fn host_context(inventory: &Arc<Inventory>, host: &Host) -> Context {
    match inventory.position(&host.name) {
        Some(host) => context(Arc::clone(inventory), host),
        None => Context::default().with_vars(&host.vars),
    }
}

/// The context of a host whose variables come from somewhere.
pub(super) fn context<S: VarSource>(source: Arc<S>, host: usize) -> Context {
    Context::lazy(Arc::new(HostNames { source, host }))
}

/// Where the variables of hosts come from.
pub(super) trait VarSource: fmt::Debug + Send + Sync + 'static {
    fn inventory(&self) -> &Inventory;

    /// The variable of a host; an invalid value where it is defined and cannot be had.
    fn var(self: &Arc<Self>, host: usize, name: &str) -> Option<Value>;
}

impl VarSource for Inventory {
    fn inventory(&self) -> &Inventory {
        self
    }

    fn var(self: &Arc<Self>, host: usize, name: &str) -> Option<Value> {
        self.hosts[host].vars.get(name).map(to_value)
    }
}

/// The names of one host.
#[derive(Debug)]
struct HostNames<S> {
    source: Arc<S>,
    host: usize,
}

impl<S: VarSource> Names for HostNames<S> {
    fn get(self: Arc<Self>, name: &str) -> Option<Value> {
        let host = &self.source.inventory().hosts[self.host];
        match name {
            "inventory_hostname" => Some(Value::from(host.name.as_str())),
            "inventory_hostname_short" => Some(Value::from(short(&host.name))),
            "group_names" => Some(host.groups.iter().map(String::as_str).collect()),
            "groups" => Some(Value::from_object(Groups { source: Arc::clone(&self.source) })),
            "hostvars" => Some(Value::from_object(HostVars { source: Arc::clone(&self.source) })),
            "inventory_file" => Some(Value::from(file(host).display().to_string())),
            "inventory_dir" => Some(Value::from(file(host).parent().map(|folder| folder.display().to_string()))),
            "playbook_dir" => Some(Value::from(absolute(&self.source.inventory().playbook_dir).display().to_string())),
            "ansible_version" => Some(ansible_version()),
            _ => self.source.var(self.host, name),
        }
    }

    fn all(&self) -> Vec<String> {
        let vars = self.source.inventory().hosts[self.host].vars.keys().map(String::as_str);
        vars.chain(MAGIC).map(str::to_owned).collect()
    }
}

/// As `hostvars['web1']`.
impl<S: VarSource> Object for HostNames<S> {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Names::get(Arc::clone(self), key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        // Without `hostvars`, in which the host would find itself again and again.
        let names = Names::all(&**self).into_iter().filter(|name| name != "hostvars");
        Enumerator::Values(names.map(Value::from).collect())
    }
}

/// `hostvars`: hosts by name.
#[derive(Debug)]
struct HostVars<S> {
    source: Arc<S>,
}

impl<S: VarSource> Object for HostVars<S> {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let host = self.source.inventory().position(key.as_str()?)?;
        Some(Value::from_object(HostNames { source: Arc::clone(&self.source), host }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.source.inventory().hosts.iter().map(|host| Value::from(host.name.as_str())).collect())
    }
}

/// `groups`: lists of hosts by group.
#[derive(Debug)]
struct Groups<S> {
    source: Arc<S>,
}

impl<S: VarSource> Object for Groups<S> {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let group = self.source.inventory().group(key.as_str()?)?;
        Some(group.hosts.iter().map(String::as_str).collect())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.source.inventory().groups.keys().map(|name| Value::from(name.as_str())).collect())
    }
}

/// The name up to its first dot, unless it is an address.
fn short(name: &str) -> &str {
    if address::is_address(name) { name } else { name.split('.').next().unwrap_or(name) }
}

/// The file or program that named a host first.
fn file(host: &Host) -> PathBuf {
    host.source.as_deref().map_or_else(|| absolute(Path::new(host.span.source().name())), absolute)
}

fn absolute(path: &Path) -> PathBuf {
    path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The version of Ansible whose rules hold, for playbooks that ask.
fn ansible_version() -> Value {
    let [major, minor, revision] = [2, 19, 0];
    let text = format!("{major}.{minor}.{revision}");
    [
        ("full", Value::from(text.as_str())),
        ("major", Value::from(major)),
        ("minor", Value::from(minor)),
        ("revision", Value::from(revision)),
        ("string", Value::from(text.as_str())),
    ]
    .into_iter()
    .collect()
}
