//! The live IPVS table of a director, with counters.

use serde::{Deserialize, Serialize};

use crate::state::{RealServer, SyncDaemon, Timeouts, VirtualService};

/// The live IPVS table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveTable {
    /// The services, by key.
    pub services: Vec<LiveService>,
    /// Services and real servers that this version has no words for (another scheduler, another kind of tunnel), as
    /// text: listed, never dropped in silence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How long idle connections are kept. All three are there, but where the module is not loaded.
    #[serde(default, skip_serializing_if = "Timeouts::is_empty")]
    pub timeouts: Timeouts,
    /// The sync daemons that run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sync: Vec<SyncDaemon>,
}

/// A virtual service as the kernel has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveService {
    /// Its configuration; `real_servers` is empty here, they are below with their counters.
    pub service: VirtualService,
    /// Whether lvsctl made it.
    pub owned: bool,
    /// Its counters; those of real servers that are gone are in them.
    #[serde(default)]
    pub traffic: Traffic,
    /// The real servers.
    pub real_servers: Vec<LiveRealServer>,
}

/// A real server with its counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRealServer {
    /// Its configuration.
    pub server: RealServer,
    /// Its counters.
    pub stats: RealServerStats,
}

/// Counters of a real server (`IPVS_DEST_ATTR_*` in `linux/ip_vs.h`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealServerStats {
    /// Active connections (TCP: ESTABLISHED).
    pub active: u32,
    /// Inactive connections.
    pub inactive: u32,
    /// Persistence templates.
    pub persistent: u32,
    /// What went through.
    pub traffic: Traffic,
}

/// What went through a virtual service or to a real server (`IPVS_STATS_ATTR_*` in `linux/ip_vs.h`, the 64-bit ones).
/// Out is 0 for DR and TUN, where answers do not pass. Rates are averages of the last seconds, per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// Connections scheduled, ever.
    pub connections: u64,
    /// Packets in, ever.
    pub packets_in: u64,
    /// Packets out, ever.
    pub packets_out: u64,
    /// Bytes in, ever.
    pub bytes_in: u64,
    /// Bytes out, ever.
    pub bytes_out: u64,
    /// Connections a second (ipvsadm `--rate`: CPS).
    pub connection_rate: u64,
    /// Packets in a second (`InPPS`).
    pub packet_rate_in: u64,
    /// Packets out a second (`OutPPS`).
    pub packet_rate_out: u64,
    /// Bytes in a second (`InBPS`).
    pub byte_rate_in: u64,
    /// Bytes out a second (`OutBPS`).
    pub byte_rate_out: u64,
}
