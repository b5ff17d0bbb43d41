//! The IPVS table as the kernel has it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Server, Service, server::shown};
use crate::{
    state::{ServiceKey, SyncDaemon, Timeouts},
    wire::{LiveRealServer, LiveService, LiveTable, RealServerStats, Traffic},
};

/// The IPVS table, by key. It may hold only the services that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The services.
    pub entries: BTreeMap<Key, Entry>,
    /// How long idle connections are kept; all three are known where the kernel was asked.
    pub timeouts: Timeouts,
    /// The sync daemons that run.
    pub sync: Vec<SyncDaemon>,
}

/// A service and its real servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The service.
    pub service: Service,
    /// Its counters.
    pub traffic: Traffic,
    /// Its real servers with their counters, as the kernel lists them.
    pub servers: Vec<(Server, RealServerStats)>,
}

impl Table {
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
