//! Devices, addresses, routes and neighbours of this node, through rtnetlink (rtnetlink(7)) and packet(7).

mod address;
pub mod arp;
mod constants;
mod device;
mod failure;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzz;
mod link;
mod live_address;
mod live_route;
mod picture;
mod route;
mod rtnetlink;

pub use address::AddressLive;
pub use device::Device;
pub use link::LinkLive;
pub use live_address::LiveAddress;
pub use live_route::LiveRoute;
pub(crate) use picture::{Picture, picture};
pub use route::RouteLive;

use crate::wire::{Failure, InterfaceFacts};
use rtnetlink::Rtnetlink;

/// The node's devices by index, with their addresses (same as `ip address`).
pub fn interfaces() -> Result<Vec<InterfaceFacts>, Failure> {
    let read = || {
        let mut kernel = Rtnetlink::open()?;
        let mut devices = kernel.devices()?;
        devices.sort_unstable_by_key(|device| device.index);
        let addresses = kernel.addresses()?;
        Ok((devices, addresses))
    };
    let (devices, addresses) = read().map_err(|error| failure::plain("read the network devices", &error))?;
    Ok(devices
        .into_iter()
        .map(|device| InterfaceFacts {
            addresses: addresses.iter().filter(|a| a.device == device.index).map(|a| a.address).collect(),
            name: device.name,
            mac: device.mac,
            up: device.up,
            mtu: device.mtu,
        })
        .collect())
}
