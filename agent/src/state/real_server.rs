//! A real server of a virtual service, as a director's kernel has it.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::Forwarding;

/// A real server (the kernel's "destination"). Address and port name it within its virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RealServer {
    /// RIP.
    pub address: IpAddr,
    /// Port; equal to the service's port but for NAT.
    pub port: u16,
    /// Forwarding method.
    pub forwarding: Forwarding,
    /// Share relative to the other real servers.
    pub weight: Weight,
    /// Connections above which no new ones are sent (ipvsadm `-x`); 0 is no limit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub upper_threshold: u32,
    /// Connections below which new ones are sent again (ipvsadm `-y`); 0 is three quarters of the upper threshold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lower_threshold: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Weight of a real server, 0 to 65535 as ipvsadm(8) documents it; 0 quiesces: no new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weight(pub u16);

impl Weight {
    /// No new connections.
    pub const QUIESCED: Self = Self(0);
}

impl Default for Weight {
    fn default() -> Self {
        Self(1)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
