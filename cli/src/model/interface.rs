//! A network device as it should be configured, as plain data for the templates of the system's own files.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::Serialize;

/// A network device as it should be configured.
///
/// Unlike `lvs_interfaces` it has what the cluster adds: a NAT real server's gateway is its director, and a VIP stands
/// with the device that it sits on. A VIP on `lo` must not be announced (`ARPUPDATE=no` in an ifcfg file).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// Device name.
    pub device: String,
    /// Own addresses with the prefix of their network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpNet>,
    /// VIPs, with a prefix of one address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vips: Vec<IpNet>,
    /// Default gateway for IPv4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Ipv4Addr>,
    /// Default gateway for IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway6: Option<Ipv6Addr>,
    /// The largest TCP segment that those behind the gateway are told to send, where it is not the MTU's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u32>,
    /// The same for IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss6: Option<u32>,
    /// Other routes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<InterfaceRoute>,
    /// Maximum transmission unit in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// A route through a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterfaceRoute {
    /// Destination network.
    pub to: IpNet,
    /// Next hop.
    pub via: IpAddr,
    /// The largest TCP segment that those whom it leads to are told to send, where it is not the MTU's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u32>,
}

impl Interface {
    /// Sets the default gateway of an address family.
    pub(super) fn set_gateway(&mut self, gateway: IpAddr, mss: Option<u32>) {
        match gateway {
            IpAddr::V4(gateway) => (self.gateway, self.mss) = (Some(gateway), mss),
            IpAddr::V6(gateway) => (self.gateway6, self.mss6) = (Some(gateway), mss),
        }
    }
}
