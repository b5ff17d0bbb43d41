//! The IPVS table as the kernel has it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Server, Service, server::shown};
use crate::{
    state::{ServiceKey, SyncDaemon, Timeouts},
    wire::{LiveRealServer, LiveService, LiveTable, RealServerStats, Traffic},
};

/// The IPVS table, by key. It may hold only the services that were asked for.
///
/// A plan needs no counters, and they are three quarters of what the kernel tells of a real server: they are kept only
/// where they are asked for, in a table of another `S`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<S = Server> {
    /// The services.
    pub entries: BTreeMap<Key, Entry<S>>,
    /// How long idle connections are kept; all three are known where the kernel was asked.
    pub timeouts: Timeouts,
    /// The sync daemons that run.
    pub sync: Vec<SyncDaemon>,
}

/// A service and its real servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<S = Server> {
    /// The service.
    pub service: Service,
    /// Its counters.
    pub traffic: Traffic,
    /// Its real servers, as the kernel lists them.
    pub servers: Vec<S>,
}

/// A real server with its counters.
pub(super) type Counted = (Server, RealServerStats);

impl<S> Default for Table<S> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), timeouts: Timeouts::default(), sync: Vec::new() }
    }
}

impl Table<Counted> {
    /// The table in lvsctl's words, and what has none as text.
    pub(super) fn into_words(self, owned: &BTreeSet<ServiceKey>) -> LiveTable {
        let mut table = LiveTable { timeouts: self.timeouts, sync: self.sync, ..LiveTable::default() };
        for (key, entry) in self.entries {
            let Some(service) = entry.service.words() else {
                table.unknown.push(format!("{key}: {}", entry.service));
                let servers = entry.servers.iter();
                table.unknown.extend(servers.map(|(server, _)| format!("{key} -> {}: {server}", shown(server))));
                continue;
            };
            let mut real_servers = Vec::with_capacity(entry.servers.len());
            for (server, stats) in entry.servers {
                match server.words() {
                    Some(server) => real_servers.push(LiveRealServer { server, stats }),
                    None => table.unknown.push(format!("{key} -> {}: {server}", shown(&server))),
                }
            }
            let owned = owned.contains(&service.key);
            table.services.push(LiveService { owned, service, traffic: entry.traffic, real_servers });
        }
        table
    }
}
