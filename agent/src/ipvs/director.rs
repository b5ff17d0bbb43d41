//! The IPVS table of a director as a resource.

use std::collections::BTreeSet;

use super::{Key, Table, TableChange, apply, diff, failure, kernel::LiveKernel, read};
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
    pub(super) fn plan(&self, live: &Table) -> Vec<TableChange> {
        diff(live, &self.table, &self.owned)
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
        read(&self.concerns())
    }

    /// Quiescing a server before it is deleted is how it goes and not what differs, so that it is not listed.
    fn diff(&self, live: &Table) -> Vec<Change> {
        let plan = self.plan(live);
        plan.iter().filter(|change| !matches!(change, TableChange::Quiesce(..))).map(Change::from).collect()
    }

    fn apply(&self, live: &Table, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let mut kernel = LiveKernel::open().map_err(|error| failure::speaking(&error))?;
        apply::reach(&mut kernel, self, live, output)
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
            service.real_servers = entry.servers.iter().filter_map(|(server, _)| server.words()).collect();
            Some(service)
        });
        vec![Resource::Ipvs(IpvsTable { services: services.collect(), purge: false, drain_seconds: 0 })]
    }
}
