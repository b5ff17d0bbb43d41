//! Waiting until the real servers that leave have no active connections.

use std::{
    collections::BTreeMap,
    thread::sleep,
    time::{Duration, Instant},
};

use super::{Key, Server, TableChange, kernel::Kernel, server::ServerName};
use crate::netlink::Error;

/// Time between two looks.
const PACE: Duration = Duration::from_millis(200);

/// A real server that still has active connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy {
    pub key: Key,
    pub server: Server,
    pub active: u32,
}

/// Waits until those real servers of `changes` that are deleted have no active connections, or `limit` is over; gives
/// those that still have some.
pub(super) fn drain(kernel: &mut impl Kernel, changes: &[TableChange], limit: Duration) -> Result<Vec<Busy>, Error> {
    let deadline = Instant::now() + limit;
    let mut leaving: BTreeMap<Key, Vec<ServerName>> = BTreeMap::new();
    for change in changes {
        if let TableChange::DeleteServer(key, server) = change {
            leaving.entry(*key).or_default().push(server.name());
        }
    }
    loop {
        let mut busy = Vec::new();
        // Idle ones are looked at again, too: a persistent client comes back even to a server of weight 0.
        for (key, names) in &leaving {
            for (server, stats) in kernel.servers(key)? {
                if stats.active > 0 && names.contains(&server.name()) {
                    busy.push(Busy { key: *key, server, active: stats.active });
                }
            }
        }
        if busy.is_empty() || Instant::now() >= deadline {
            return Ok(busy);
        }
        sleep(PACE.min(deadline.saturating_duration_since(Instant::now())));
    }
}
