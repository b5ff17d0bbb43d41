//! Forwarding methods.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a director hands a packet to a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarding {
    /// Network address translation (ipvsadm `-m`, masquerading).
    Nat,
    /// Direct routing: only the MAC address is rewritten (ipvsadm `-g`, gatewaying).
    #[serde(rename = "dr")]
    DirectRouting,
    /// Tunnelling (ipvsadm `-i`).
    #[serde(rename = "tun")]
    Tunnel(TunnelKind),
}

/// The encapsulation of [`Forwarding::Tunnel`] (ipvsadm `--tun-type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TunnelKind {
    /// IP in IP.
    #[default]
    Ipip,
}

impl fmt::Display for Forwarding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nat => "nat",
            Self::DirectRouting => "dr",
            Self::Tunnel(TunnelKind::Ipip) => "tun",
        })
    }
}
