//! The IPVS table of this kernel, through generic netlink (`linux/ip_vs.h`): read it, plan the way to another one, and
//! walk it. What ipvsadm(8) does, by difference and in batches.

mod apply;
mod batches;
mod busy;
mod change;
mod connections;
mod constants;
mod counters;
mod daemon;
mod director;
mod drain;
mod failure;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzz;
mod half_open;
mod kernel;
mod key;
mod metrics;
mod module;
mod plan;
mod server;
mod service;
mod table;
mod timeouts;
mod words;

pub use change::TableChange;
pub use connections::Connections;
pub use director::Director;
pub use key::Key;
pub use metrics::metrics;
pub use plan::diff;
pub use server::{Server, Tunnel};
pub use service::{Netmask, Service};
pub use table::{Entry, Table};

#[cfg(test)]
pub(crate) mod model;

use std::collections::BTreeSet;

use rustix::io::Errno;

use crate::{
    netlink::Error,
    state::{RealServer, ServiceKey, VirtualService},
    wire::{Failure, LiveTable},
};
use kernel::{Kernel as _, LiveKernel};
use module::Module;

/// The live table with its counters (same as `ipvsadm -Ln --stats`). `owned` are the services that lvsctl made.
///
/// The kernel adds up counters every two seconds, but for the numbers of connections, which are of this moment.
///
/// It is empty where the module could be loaded and is not; looking does not load it.
pub fn live_table(owned: &BTreeSet<ServiceKey>) -> Result<LiveTable, Failure> {
    read(LiveKernel::counted_table).map(|table| table.into_words(owned))
}

/// The services of these keys that are there, without counters; what has no words is left out.
pub fn services(keys: &BTreeSet<ServiceKey>) -> Result<Vec<VirtualService>, Failure> {
    let keys: BTreeSet<Key> = keys.iter().copied().map(Key::from).collect();
    let table = read(|kernel| kernel.table(&|key| keys.contains(key)))?;
    let in_words = |entry: &Entry| {
        let real_servers = entry.servers.iter().filter_map(Server::words).collect();
        Some(VirtualService { real_servers, ..entry.service.words()? })
    };
    Ok(table.entries.values().filter_map(in_words).collect())
}

/// Sets the counters of one service and its real servers back to 0, or all of them (same as `ipvsadm -Z`).
pub fn zero(service: Option<ServiceKey>) -> Result<(), Failure> {
    let mut kernel = LiveKernel::open().map_err(|error| failure::speaking(&error))?;
    kernel.zero(service.map(Key::from).as_ref()).map_err(|error| match service {
        Some(key) if error.is(Errno::SRCH) => Failure::new(format!("zero the counters of {key}"), "no such service"),
        _ => failure::of("zero the counters", &error),
    })
}

/// What a service is, without its name and real servers: `wrr persistent 300 s`.
pub fn shown_service(service: &VirtualService) -> String {
    Service::from(service).to_string()
}

/// What a real server is, without its name: `dr weight 1`.
pub fn shown_server(server: &RealServer) -> String {
    Server::from(server).to_string()
}

/// What is read of the kernel's table; an empty one where the module could be loaded and is not.
fn read<S>(table: impl FnOnce(&mut LiveKernel) -> Result<Table<S>, Error>) -> Result<Table<S>, Failure> {
    match Module::find() {
        Module::Missing => Err(failure::no_ipvs("there is no module ip_vs")),
        Module::Loadable => Ok(Table::default()),
        Module::Loaded => {
            let mut kernel = LiveKernel::open().map_err(|error| failure::speaking(&error))?;
            table(&mut kernel).map_err(|error| failure::of("read the IPVS table", &error))
        }
    }
}
