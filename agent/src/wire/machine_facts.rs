//! What a node has to work with: processors, memory, modules, routes, kernel settings.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// What a node has to work with. What could not be read is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineFacts {
    /// The name with its domain, where /etc/hosts or the name itself tells it.
    pub fqdn: String,
    /// Fields of `/proc/cpuinfo` of the first processor: `vendor_id`, `model name`, `cpu cores`, `siblings`.
    pub processor: BTreeMap<String, String>,
    /// How many processors the kernel has.
    pub processors: usize,
    /// How many sockets they are in.
    pub sockets: usize,
    /// Memory in kB (`MemTotal`).
    pub memory_kb: u64,
    /// Modules for IPVS and its tunnels that can be loaded or are built in, in no order.
    pub modules: Vec<String>,
    /// Those of them that are loaded.
    pub loaded: Vec<String>,
    /// Kernel settings on which LVS depends.
    pub sysctls: BTreeMap<String, String>,
    /// The routes of the main table, no more than a hundred, in no order.
    pub routes: Vec<RouteFacts>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteFacts {
    /// Where to; a prefix of 0 is the default route.
    pub to: IpNet,
    /// The next hop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<IpAddr>,
    /// The device.
    pub device: String,
    /// The metric.
    #[serde(default)]
    pub metric: u32,
}
