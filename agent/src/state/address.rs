//! An address on a network device.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Presence;

/// An address on a device (same as `ip address add … dev …`), through rtnetlink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Device name.
    pub device: String,
    /// Address with the prefix length of its network; host bits are kept.
    pub address: IpNet,
    /// Label for ifconfig(8), such as `lo:0`; IPv4 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it should be there.
    #[serde(default)]
    pub state: Presence,
}
