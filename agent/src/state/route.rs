//! A route of the main table.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Presence;

/// A route of the main table (same as `ip route replace …`), through rtnetlink.
///
/// Destination and metric name a route: a present route with another gateway or device is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Destination network; `0.0.0.0/0` or `::/0` is the default route.
    pub destination: IpNet,
    /// Next hop; `None` for a directly connected network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    /// Outgoing device; `None` lets the kernel find it from the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Source address that this node's own packets get; `None` lets the kernel choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<IpAddr>,
    /// The largest TCP segment that those whom it leads to are told to send (`advmss`); `None` is what the MTU allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advmss: Option<u32>,
    /// Metric; `None` is 0 (1024 for IPv6, as the kernel has it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<u32>,
    /// Whether it should be there.
    #[serde(default)]
    pub state: Presence,
}
