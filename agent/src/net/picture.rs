//! The whole of the node's network at once.

use super::{
    Device, LiveAddress, LiveRoute,
    constants::{AF_INET, AF_INET6},
    failure,
    rtnetlink::Rtnetlink,
};
use crate::wire::Failure;

/// Devices, addresses, and the routes of the main table.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) devices: Vec<Device>,
    pub(crate) addresses: Vec<LiveAddress>,
    pub(crate) routes: Vec<LiveRoute>,
}

/// Reads them all.
pub(crate) fn picture() -> Result<Picture, Failure> {
    let read = || {
        let mut kernel = Rtnetlink::open()?;
        let (devices, addresses) = (kernel.devices()?, kernel.addresses()?);
        let mut routes = kernel.routes(AF_INET, |_| true)?;
        routes.extend(kernel.routes(AF_INET6, |_| true)?);
        Ok(Picture { devices, addresses, routes })
    };
    read().map_err(|error| failure::plain("read devices, addresses and routes", &error))
}
