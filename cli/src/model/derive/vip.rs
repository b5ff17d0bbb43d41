//! The VIP as an address on a device.

use std::net::IpAddr;

use ipnet::IpNet;
use lvs_agent::state::{Address, Presence, Resource};

/// The VIP with a prefix of one address. With its network's prefix the whole network would be local to the node, which
/// could then not answer anybody in it.
pub(super) fn net(vip: IpAddr) -> IpNet {
    IpNet::from(vip)
}

/// The VIP on a device (same as `ip address add VIP/32 dev DEV`), without a label: `lo:0` is ifconfig's, not the
/// kernel's, and a label would have to be numbered anew whenever a VIP goes.
pub(super) fn on(device: &str, vip: IpAddr) -> Resource {
    Resource::Address(Address { device: device.to_owned(), address: net(vip), label: None, state: Presence::Present })
}
