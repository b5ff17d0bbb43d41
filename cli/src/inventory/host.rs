//! Hosts and groups with their variables, once all sources are read and merged.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use super::Layer;
use crate::{
    source::{Diagnostic, Span},
    yaml::Node,
};

/// Variables by name; each value knows the file and line it came from.
pub type Vars = BTreeMap<String, Node>;

/// Hosts and groups, once all sources are read and merged.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Hosts by name, in the order in which they were first named.
    pub hosts: Vec<Host>,
    /// Groups by name; `all` and `ungrouped` are always there.
    pub groups: BTreeMap<String, Group>,
    /// What can be, and is hardly meant.
    pub warnings: Vec<Diagnostic>,
    /// The folder of the playbook: `playbook_dir`.
    pub playbook_dir: PathBuf,
    /// Where each host stands in `hosts`; made at the first look-up.
    pub(super) index: OnceLock<HashMap<String, usize>>,
}

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    /// `inventory_hostname`.
    pub name: String,
    /// Where it was first named.
    pub span: Span,
    /// The file or program that named it first: `inventory_file`.
    pub source: Option<PathBuf>,
    /// Every group that it is in, directly or through children, without `all`; sorted.
    pub groups: Vec<String>,
    /// Its variables, merged from all its groups and its own; templates in them are rendered by `resolve`.
    pub vars: Vars,
    /// What was merged into `vars`, the weakest first, as written.
    pub layers: Vec<Arc<Layer>>,
}

/// A group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Groups directly below it, in the order of the inventory.
    pub children: Vec<String>,
    /// Hosts directly in it, in the order of the inventory.
    pub direct_hosts: Vec<String>,
    /// Every host in it, directly or through children: its own first, then level by level, as Ansible orders them.
    pub hosts: Vec<String>,
    /// Its own variables, those of `group_vars` included.
    pub vars: Vars,
    /// What was merged into `vars`, the weakest first.
    pub layers: Vec<Arc<Layer>>,
    /// The longest way to it from `all`.
    pub depth: usize,
    /// How many groups were named before it.
    pub position: usize,
    /// `ansible_group_priority`, where it is not 1.
    pub priority: Option<Node>,
}

impl Inventory {
    /// A host by name.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.position(name).map(|position| &self.hosts[position])
    }

    /// A group by name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// Where a host stands in `hosts`.
    pub fn position(&self, name: &str) -> Option<usize> {
        let index = self.index.get_or_init(|| {
            self.hosts.iter().enumerate().map(|(position, host)| (host.name.clone(), position)).collect()
        });
        let position = index.get(name).copied();
        // `hosts` is open to everybody, so it may have changed since the index was made.
        position
            .filter(|&position| self.hosts.get(position).is_some_and(|host| host.name == name))
            .or_else(|| if index.len() == self.hosts.len() { None } else { self.search(name) })
    }

    fn search(&self, name: &str) -> Option<usize> {
        self.hosts.iter().position(|host| host.name == name)
    }
}
