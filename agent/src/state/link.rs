//! A network device.

use serde::{Deserialize, Serialize};

/// A network device, through rtnetlink. What is `None` is left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Device name, such as `eth0`.
    pub name: String,
    /// Make the device with this kind if it is not there; `None` expects it to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<LinkKind>,
    /// Administratively up (same as `ip link set DEV up`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    /// Maximum transmission unit in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// Kinds of device that can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A dummy device.
    Dummy,
    /// An IP-in-IP tunnel; `tunl0`, the fallback device, comes with the module `ipip`.
    Ipip,
}
