//! The device in which a real server finds what a director tunnelled to it.
//!
//! Each tunnel module brings a fallback device that takes packets from anywhere, which is what is needed: a real server
//! may have many directors, and the kernel sends from whichever address is nearest.

use std::net::IpAddr;

/// A fallback device of the kernel's and the module that brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TunnelDevice {
    /// Kernel module.
    pub(super) module: &'static str,
    /// Device name.
    pub(super) device: &'static str,
}

/// The device for packets to a VIP that come in packets to a RIP.
pub(super) fn device(vip: IpAddr, rip: IpAddr) -> TunnelDevice {
    match (vip, rip) {
        (IpAddr::V4(_), _) => TunnelDevice { module: "ipip", device: "tunl0" },
        (IpAddr::V6(_), IpAddr::V4(_)) => TunnelDevice { module: "sit", device: "sit0" },
        (IpAddr::V6(_), IpAddr::V6(_)) => TunnelDevice { module: "ip6_tunnel", device: "ip6tnl0" },
    }
}
