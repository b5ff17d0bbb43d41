//! Questions that change nothing on the node.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use serde::{Deserialize, Serialize};

use super::{Connection, ConnectionFilter, Facts, LiveTable, PastRun};
use crate::state::{ServiceKey, VirtualService};

/// A question that changes nothing on the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// What the node is, now.
    Facts,
    /// The live IPVS table with its counters.
    Ipvs,
    /// Of the live IPVS table, only the services of these keys, without counters.
    Services(BTreeSet<ServiceKey>),
    /// What the node remembers of runs, the oldest first.
    History,
    /// Connections that the director keeps.
    Connections {
        /// Which.
        filter: ConnectionFilter,
        /// How many at most.
        limit: usize,
    },
    /// Connections to a TCP service, one after another on fresh sockets, each with an HTTP/1.0 `GET path`.
    Probe {
        /// VIP.
        address: IpAddr,
        /// Port.
        port: u16,
        /// Path to ask for; `None` connects and closes, for services that do not speak HTTP.
        path: Option<String>,
        /// How many; at most 10,000.
        count: u32,
        /// Milliseconds for each; one that takes longer is lost.
        timeout_ms: u64,
    },
    /// Who answers ARP for an address on a link. IPv4 only (RFC 826).
    Arp {
        /// The address asked for.
        address: std::net::Ipv4Addr,
        /// The device to ask on; `None` is the one the route to the address goes out of.
        device: Option<String>,
        /// Milliseconds to listen.
        listen_ms: u64,
    },
}

/// The answer to a [`Lookup`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To [`Lookup::Facts`].
    Facts(Box<Facts>),
    /// To [`Lookup::Ipvs`].
    Ipvs(LiveTable),
    /// To [`Lookup::Services`]: those that are there. What this version has no words for is left out.
    Services(Vec<VirtualService>),
    /// To [`Lookup::History`].
    History(Vec<PastRun>),
    /// To [`Lookup::Connections`].
    Connections {
        /// As many as were asked for.
        connections: Vec<Connection>,
        /// How many there are beyond those.
        more: usize,
    },
    /// To [`Lookup::Probe`].
    Probe(ProbeResult),
    /// To [`Lookup::Arp`]: every machine that answered.
    Arp(Vec<ArpAnswer>),
}

/// What came of a probe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeResult {
    /// Connections made. Fewer than asked for where too many were lost, or where they took too long.
    pub sent: u32,
    /// Connections answered in full (for HTTP: status 200 and a whole body).
    pub answered: u32,
    /// Answers by their first line (at most 200 bytes of it), with their number.
    pub answers: BTreeMap<String, u32>,
    /// Errors by their text, with their number.
    pub errors: BTreeMap<String, u32>,
}

/// A machine that answered ARP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpAnswer {
    /// Its MAC address as `02:00:5e:00:53:01`.
    pub mac: String,
    /// How often it answered.
    pub count: u32,
    /// The device it was heard on.
    pub device: String,
}
