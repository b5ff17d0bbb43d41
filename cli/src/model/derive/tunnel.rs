//! The device in which a real server finds what a director tunnelled to it.
//!
//! Each tunnel module brings a fallback device that takes packets from anywhere, which is what is needed: a real server
//! may have many directors, and the kernel sends from whichever address is nearest.

use std::net::IpAddr;

use lvs_agent::state::TunnelKind;

/// A fallback device of the kernel's and the module that brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TunnelDevice {
    /// Kernel module.
    pub(super) module: &'static str,
    /// Device name.
    pub(super) device: &'static str,
}

/// The device for packets of IPv4 or IPv6 that come in packets to a RIP.
pub(super) fn device(_kind: TunnelKind, ipv6: bool, rip: IpAddr) -> TunnelDevice {
    match (ipv6, rip) {
        (false, _) => TunnelDevice { module: "ipip", device: "tunl0" },
        (true, IpAddr::V4(_)) => TunnelDevice { module: "sit", device: "sit0" },
        (true, IpAddr::V6(_)) => TunnelDevice { module: "ip6_tunnel", device: "ip6tnl0" },
    }
}
