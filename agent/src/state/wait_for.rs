//! A condition to wait for.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Waits, with a deadline, until a TCP port answers (seen from the node). Never a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitFor {
    /// Address to connect to; for a VIP on a real server, the VIP itself, since that is what must answer.
    pub host: IpAddr,
    /// TCP port.
    pub port: u16,
    /// Seconds until it counts as failed.
    pub timeout_seconds: u64,
}
