//! The hosts of the inventory with what they say about themselves.

use std::collections::HashMap;

use super::{Mistakes, read::HostSpec};
use crate::inventory::Inventory;

/// The hosts of the inventory, in its order and by name.
#[derive(Debug)]
pub(crate) struct Hosts {
    list: Vec<HostSpec>,
    by_name: HashMap<String, usize>,
}

impl Hosts {
    /// Reads the variables of every host.
    pub(crate) fn read(inventory: &Inventory, mistakes: &mut Mistakes) -> Self {
        let list: Vec<_> = inventory.hosts.iter().map(|host| HostSpec::read(host, mistakes)).collect();
        let by_name = list.iter().enumerate().map(|(index, host)| (host.name.clone(), index)).collect();
        Self { list, by_name }
    }

    /// A host that is known to be there.
    pub(crate) fn get(&self, name: &str) -> &HostSpec {
        &self.list[self.by_name[name]]
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &HostSpec> {
        self.list.iter()
    }
}
