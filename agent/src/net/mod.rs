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
mod others;
mod picture;
mod route;
mod rtnetlink;

pub use address::AddressLive;
pub use device::Device;
pub use link::LinkLive;
pub use live_address::LiveAddress;
pub use live_route::LiveRoute;
pub(crate) use others::{Others, Restore};
pub(crate) use picture::{Picture, picture};
pub use route::RouteLive;

use crate::wire::{Failure, InterfaceFacts, RouteFacts};
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

/// Most routes that are told.
const MAX_ROUTES: usize = 100;

/// The node's routes (same as `ip route`).
pub fn routes() -> Result<Vec<RouteFacts>, Failure> {
    let read = || {
        let mut kernel = Rtnetlink::open()?;
        let devices = kernel.devices()?;
        let mut routes = kernel.routes(constants::AF_INET, |route| !route.special)?;
        routes.extend(kernel.routes(constants::AF_INET6, |route| !route.special)?);
        Ok((devices, routes))
    };
    let (devices, routes) = read().map_err(|error| failure::plain("read the routes", &error))?;
    let name = |route: &LiveRoute| devices.iter().find(|device| Some(device.index) == route.device);
    let told = routes.iter().filter_map(|route| {
        let device = name(route)?.name.clone();
        Some(RouteFacts { to: route.destination, via: route.gateway, device, metric: route.metric })
    });
    Ok(told.take(MAX_ROUTES).collect())
}
