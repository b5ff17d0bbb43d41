//! From variables to typed values with their places: what one variable alone can have wrong is found here.

mod check;
mod flags;
mod host;
mod interface;
mod ipvs;
mod key;
mod persistence;
mod real_server;
mod scheduler;
mod service;
mod services;
mod sync;
mod sysctls;
mod tunnel;
mod vocabulary;

pub(crate) use host::HostSpec;
pub(crate) use interface::{InterfaceSpec, Segment};
pub(crate) use key::KeySpec;
pub(crate) use real_server::{RealServerEntry, Who};
pub(crate) use service::ServiceSpec;
pub(crate) use services::{Carried, read_services};
pub(crate) use sync::SyncSpec;
pub(crate) use vocabulary::{forwards, keys, protocols, scheduler_flags, schedulers, sysctls, variables};
