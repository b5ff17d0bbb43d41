//! Hosts and groups with their variables, once all sources are read and merged.

use std::collections::BTreeMap;

use crate::{source::Span, yaml::Node};

/// Variables by name; each value knows the file and line it came from.
pub type Vars = BTreeMap<String, Node>;

/// Hosts and groups, once all sources are read and merged.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Hosts by name, in the order in which they were first named.
    pub hosts: Vec<Host>,
    /// Groups by name; `all` and `ungrouped` are always there.
    pub groups: BTreeMap<String, Group>,
}

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    /// `inventory_hostname`.
    pub name: String,
    /// Where it was first named.
    pub span: Span,
    /// Every group that it is in, directly or through children, without `all`; sorted.
    pub groups: Vec<String>,
    /// Its variables, merged from all its groups and its own; templates in them are not yet rendered.
    pub vars: Vars,
}

/// A group.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Groups directly below it.
    pub children: Vec<String>,
    /// Hosts directly in it.
    pub direct_hosts: Vec<String>,
    /// Every host in it, directly or through children, in the order of the inventory.
    pub hosts: Vec<String>,
    /// Its own variables.
    pub vars: Vars,
}

impl Inventory {
    /// A host by name.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == name)
    }

    /// A group by name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }
}
