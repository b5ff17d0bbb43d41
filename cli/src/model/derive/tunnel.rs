//! The device in which a real server finds what a director tunnelled to it.
//!
//! Each tunnel module brings a fallback device that takes packets from anywhere, which is what is needed: a real server
//! may have many directors, and the kernel sends from whichever address is nearest. Two things a fallback device cannot
//! do, and there are no words for them in netlink that lvsctl speaks; ip(8) is asked to:
//!
//! * GUE is UDP that must first be received (`fou.c`); what is in it then goes on to the same fallback devices.
//! * GRE's fallback device drops packets with a checksum (`ip_tunnel_rcv`), so these need a device of their own.

use std::net::IpAddr;

use lvs_agent::state::{Command, TunnelChecksum, TunnelKind};

/// A device that takes packets out of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TunnelDevice {
    /// Kernel modules, in the order in which they are needed.
    pub(super) modules: Vec<&'static str>,
    /// Device name.
    pub(super) device: String,
    /// What makes it ready, beside its modules.
    pub(super) setup: Option<Command>,
    /// Whether what comes out is IPv4.
    pub(super) ipv4: bool,
}

/// The device for packets of IPv4 or IPv6 that come in packets to a RIP.
pub(super) fn device(kind: TunnelKind, ipv6: bool, rip: IpAddr) -> TunnelDevice {
    let (module, device) = match (ipv6, rip) {
        (false, _) => ("ipip", "tunl0"),
        (true, IpAddr::V4(_)) => ("sit", "sit0"),
        (true, IpAddr::V6(_)) => ("ip6_tunnel", "ip6tnl0"),
    };
    let (gre_module, gre_device, gre_type) = match rip {
        IpAddr::V4(_) => ("ip_gre", "gre0", "gre"),
        IpAddr::V6(_) => ("ip6_gre", "ip6gre0", "ip6gre"),
    };
    let (modules, device, setup) = match kind {
        TunnelKind::Ipip => (vec![module], device.to_owned(), None),
        // `fou` receives in both families; `fou6` only sends.
        TunnelKind::Gue { port, .. } => (vec!["fou", module], device.to_owned(), Some(receive_gue(port, rip))),
        TunnelKind::Gre { checksum: TunnelChecksum::None } => (vec![gre_module], gre_device.to_owned(), None),
        TunnelKind::Gre { .. } => {
            let device = format!("lvsgre-{:08x}", last_bits(rip));
            let argv = format!("ip link add {device} type {gre_type} local {rip} icsum");
            let argv = argv.split(' ').map(ToOwned::to_owned).collect();
            let setup = command(argv, format!("/sys/class/net/{device}"));
            (vec![gre_module], device, Some(setup))
        }
    };
    TunnelDevice { modules, device, setup, ipv4: !ipv6 }
}

/// Same as `ip fou add port PORT gue`. A file below `/run`, which a boot empties as it does the port, tells that it is
/// done.
fn receive_gue(port: u16, rip: IpAddr) -> Command {
    let (family, name) = if rip.is_ipv4() { ("-4", "gue") } else { ("-6", "gue6") };
    let done = format!("/run/lvsctl-{name}-{port}");
    let ip = format!("ip {family} fou");
    let script = format!("{{ {ip} show | grep -q '^port {port} gue'; }} || {ip} add port {port} gue && : > {done}");
    command(vec!["sh".to_owned(), "-c".to_owned(), script], done)
}

fn command(argv: Vec<String>, creates: String) -> Command {
    Command { creates: Some(creates), ..Command::new(argv) }
}

/// Enough of an address to tell the addresses of one host apart in a device's name, which has 15 characters.
fn last_bits(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => u32::try_from(address.to_bits() & u128::from(u32::MAX)).unwrap_or_default(),
    }
}
