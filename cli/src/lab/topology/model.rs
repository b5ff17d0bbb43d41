//! A topology in which every range is expanded and every reference holds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::Family;

/// The networks and nodes of a lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Topology {
    /// The networks, in the order of the file.
    pub networks: Vec<Network>,
    /// The nodes, in the order of the file.
    pub nodes: Vec<Node>,
}

/// A bridge in the lab's network namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Network {
    /// Its name, and the bridge's.
    pub name: String,
    /// Its addresses.
    pub subnet: Ipv4Net,
    /// The address of the namespace on it, which routes between all networks.
    pub router: Ipv4Addr,
    /// Its IPv6 addresses, where it has such.
    pub subnet6: Option<Ipv6Net>,
    /// The IPv6 address of the namespace on it.
    pub router6: Option<Ipv6Addr>,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Its host name.
    pub name: String,
    /// Which distributions it is like.
    #[serde(default)]
    pub family: Family,
    /// Its memory in MiB.
    pub memory: u32,
    /// The groups of the inventory it is in.
    pub groups: Vec<String>,
    /// Services of the image that are enabled on it.
    pub services: Vec<String>,
    /// Its NICs; ssh reaches it through the first.
    pub nics: Vec<Nic>,
}

/// A NIC of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nic {
    /// `eth0`, `eth1`, … by its position.
    pub device: String,
    /// The network it is plugged into.
    pub network: String,
    /// Its address with the network's prefix.
    pub address: Ipv4Net,
    /// The node's default gateway, where it is on this network.
    pub gateway: Option<Ipv4Addr>,
    /// Its IPv6 address with the network's prefix, where it has one.
    pub address6: Option<Ipv6Net>,
    /// The node's default gateway for IPv6, where it is on this network.
    pub gateway6: Option<Ipv6Addr>,
}

impl Topology {
    /// A node by its name.
    pub(crate) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }
}

impl Network {
    /// The router's MAC address.
    pub(crate) fn mac(&self) -> String {
        mac(self.router)
    }

    /// The addresses of the namespace on it, with their prefixes.
    pub(crate) fn routers(&self) -> Vec<IpNet> {
        let ipv4 = Ipv4Net::new(self.router, self.subnet.prefix_len()).map(IpNet::V4);
        let ipv6 = self.router6.zip(self.subnet6);
        let ipv6 = ipv6.map(|(router, subnet)| Ipv6Net::new(router, subnet.prefix_len()).map(IpNet::V6));
        [Some(ipv4), ipv6].into_iter().flatten().map(|net| net.expect("the prefix is another network's")).collect()
    }
}

impl Node {
    /// The address that ssh goes to.
    pub(crate) fn address(&self) -> Ipv4Addr {
        self.nics[0].address.addr()
    }

    /// The tap device at the other end of a NIC's cable. At most 15 characters, since names have at most 10.
    pub(crate) fn tap(&self, nic: &Nic) -> String {
        format!("{}.{}", self.name, nic.device)
    }
}

impl Nic {
    /// A MAC address that stays the same over boots.
    pub(crate) fn mac(&self) -> String {
        mac(self.address.addr())
    }

    /// Its addresses.
    pub(crate) fn addresses(&self) -> Vec<IpNet> {
        std::iter::once(IpNet::V4(self.address)).chain(self.address6.map(IpNet::V6)).collect()
    }

    /// The node's default gateways that are on this network.
    pub(crate) fn gateways(&self) -> Vec<IpAddr> {
        self.gateway.map(IpAddr::V4).into_iter().chain(self.gateway6.map(IpAddr::V6)).collect()
    }
}

/// Locally administered, `4c` as in LVS, then the IPv4 address.
fn mac(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("02:4c:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}
