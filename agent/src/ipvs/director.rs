//! The IPVS table of a director as a resource.

use std::collections::BTreeSet;

use super::{
    Key, Server, Table, TableChange, apply, diff, failure,
    kernel::{Kernel, LiveKernel},
    read,
};
use crate::{
    converge::Converge,
    state::{IpvsTable, Resource, ServiceKey},
    wire::{Change, Failure, Stream},
};

/// The IPVS table that a director should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Director {
    /// What it should be.
    pub table: IpvsTable,
    /// The services that lvsctl made: those of them that are no longer wanted go.
    pub owned: BTreeSet<ServiceKey>,
}

impl Director {
    /// The steps from the live table to the desired one.
    pub fn plan(&self, live: &Table) -> Vec<TableChange> {
        diff(live, &self.table, &self.owned)
    }

    /// Takes these steps.
    pub fn walk(&self, plan: Vec<TableChange>, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let mut kernel = LiveKernel::open().map_err(|error| failure::speaking(&error))?;
        apply::reach(&mut kernel, self, plan, output)
    }

    /// The services that this resource is about: the others need not be read.
    pub(super) fn concerns(&self) -> impl Fn(&Key) -> bool + use<> {
        let keys = self.table.services.iter().map(|service| service.key).chain(self.owned.iter().copied());
        let (purge, keys): (_, BTreeSet<Key>) = (self.table.purge, keys.map(Key::from).collect());
        move |key| purge || keys.contains(key)
    }
}

impl Converge for Director {
    type Live = Table;

    fn query(&self) -> Result<Table, Failure> {
        read(|kernel| kernel.table(&self.concerns()))
    }

    fn diff(&self, live: &Table) -> Vec<Change> {
        self.plan(live).iter().filter(|change| change.is_shown()).map(Change::from).collect()
    }

    fn apply(&self, live: &Table, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        self.walk(self.plan(live), output)
    }

    /// The services that a change is about as they were, without waiting for connections. What lvsctl has no words for
    /// is left out.
    fn undo(&self, live: &Table) -> Vec<Resource> {
        if self.plan(live).is_empty() {
            return Vec::new();
        }
        let concerns = self.concerns();
        let services = live.entries.values().filter(|entry| concerns(&entry.service.key)).filter_map(|entry| {
            let mut service = entry.service.words()?;
            service.real_servers = entry.servers.iter().filter_map(Server::words).collect();
            Some(service)
        });
        let timeouts = self.table.timeouts.map(|wanted| live.timeouts.of(&live.timeouts.missing(&wanted)));
        vec![Resource::Ipvs(IpvsTable {
            timeouts: timeouts.filter(|timeouts| !timeouts.is_empty()),
            sync: self.table.sync.as_ref().map(|_| live.sync.clone()),
            ..IpvsTable::of(services.collect(), 0)
        })]
    }
}
