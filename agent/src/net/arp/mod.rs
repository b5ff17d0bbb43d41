//! Who answers ARP for an address: every machine that does, not only the first.
//!
//! In a cluster with direct routing each real server has the VIP, and only the director may answer for it; a second
//! answer is the classic fault. arping(8) would have to be installed on every node, and turns to the first machine
//! that answered. So the frames go through a packet socket (packet(7)), bound to the device by the address that
//! getifaddrs(3) gives.

mod frame;

use std::{
    collections::BTreeMap,
    io,
    net::Ipv4Addr,
    os::fd::{AsRawFd, OwnedFd},
    time::{Duration, Instant},
};

use ipnet::IpNet;
use nix::{
    ifaddrs::getifaddrs,
    sys::socket::{LinkAddr, bind},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, eth, recv, send, socket_with},
};

use super::{constants::RTN_LOCAL, device, failure, rtnetlink::Rtnetlink};
use crate::{
    net::Device,
    netlink::Error,
    wire::{ArpAnswer, Failure},
};
use frame::Mac;

/// Time between two questions.
const PACE: Duration = Duration::from_millis(250);

/// Asks on a link who has `address`, for as long as `listen`, and gives every machine that answered, by MAC address.
///
/// Without a device, that of the route to the address is asked. This node itself is not heard: a link does not give
/// back what is sent on it.
pub fn ask(address: Ipv4Addr, device: Option<&str>, listen: Duration) -> Result<Vec<ArpAnswer>, Failure> {
    let tried = format!("ask who answers ARP for {address}");
    let mut kernel = Rtnetlink::open().map_err(|error| failure::plain(&tried, &error))?;
    let (device, own) = find(&mut kernel, address, device, &tried)?;
    let heard = converse(&device, own, address, listen).map_err(|error| Failure {
        tried: format!("{tried} on {}", device.name),
        came_back: error.to_string(),
        hint: match error.raw_os_error() {
            Some(code) if code == rustix::io::Errno::NETDOWN.raw_os_error() => Some(format!("{} is down", device.name)),
            Some(code) if code == rustix::io::Errno::PERM.raw_os_error() => {
                Some("packet sockets need root (CAP_NET_RAW)".to_owned())
            }
            _ => None,
        },
    })?;
    let answers = heard.into_iter();
    Ok(answers.map(|(mac, count)| ArpAnswer { mac: device::mac(&mac), count, device: device.name.clone() }).collect())
}

/// The device to ask on, and the address to ask from.
fn find(
    kernel: &mut Rtnetlink,
    address: Ipv4Addr,
    name: Option<&str>,
    tried: &str,
) -> Result<(Device, Ipv4Addr), Failure> {
    let fail = |error: &Error| failure::plain(tried, error);
    let devices = kernel.devices().map_err(|error| fail(&error))?;
    let found = if let Some(name) = name {
        devices.iter().find(|device| device.name == name)
    } else {
        let route = kernel.route_to(address).map_err(|error| fail(&error))?;
        if route.as_ref().is_some_and(|route| route.kind == RTN_LOCAL) {
            return Err(Failure {
                tried: tried.to_owned(),
                came_back: "this node has the address itself".to_owned(),
                hint: Some("ask from another node, or name the device to ask on".to_owned()),
            });
        }
        devices.iter().find(|device| route.as_ref().is_some_and(|route| route.device == Some(device.index)))
    };
    let Some(device) = found else {
        return Err(failure::missing_device(tried, name.unwrap_or("that the route names"), &devices));
    };
    if !device.ethernet {
        return Err(Failure {
            tried: tried.to_owned(),
            came_back: format!("{} is not an Ethernet device and does not speak ARP", device.name),
            hint: Some("name the device on the network in question".to_owned()),
        });
    }
    let addresses = kernel.addresses().map_err(|error| fail(&error))?;
    let own = addresses.into_iter().filter(|a| a.device == device.index).map(|a| a.address);
    Ok((device.clone(), choose_own(own, address)))
}

/// The address to ask from: as an ordinary client on that link would, one in the same network if there is one. Never
/// the address in question, since that would tell everybody that it is here; 0.0.0.0 is a probe (RFC 5227).
fn choose_own(addresses: impl Iterator<Item = IpNet>, address: Ipv4Addr) -> Ipv4Addr {
    let mut any = None;
    for net in addresses {
        let IpNet::V4(net) = net else { continue };
        if net.addr() == address {
            continue;
        }
        if net.contains(&address) {
            return net.addr();
        }
        any = any.or(Some(net.addr()));
    }
    any.unwrap_or(Ipv4Addr::UNSPECIFIED)
}

fn converse(device: &Device, own: Ipv4Addr, address: Ipv4Addr, listen: Duration) -> io::Result<BTreeMap<Mac, u32>> {
    let link = link_address(&device.name)?;
    let mac = link.addr().ok_or_else(|| io::Error::other("the device has no MAC address"))?;
    let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, Some(eth::ARP))?;
    // The address has no protocol, so that the one of the socket stays: ARP and nothing else.
    bind(socket.as_raw_fd(), &link)?;
    let question = frame::question(mac, own, address);
    let (start, mut heard, mut asked) = (Instant::now(), BTreeMap::new(), 0);
    loop {
        let now = start.elapsed();
        if now >= listen {
            return Ok(heard);
        }
        if now >= PACE * asked {
            send(&socket, &question, SendFlags::empty())?;
            asked += 1;
        }
        let wake = (PACE * asked).min(listen);
        if let Some(mac) = hear(&socket, wake.saturating_sub(now), address)? {
            *heard.entry(mac).or_default() += 1;
        }
    }
}

/// One answer, if one comes in time.
fn hear(socket: &OwnedFd, wait: Duration, address: Ipv4Addr) -> io::Result<Option<Mac>> {
    let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
    let mut ready = [PollFd::new(socket, PollFlags::IN)];
    match poll(&mut ready, Some(&wait)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        polled => polled?,
    };
    let mut buffer = [0; 128];
    match recv(socket, &mut buffer, RecvFlags::DONTWAIT) {
        Ok((length, _)) => Ok(frame::answer(buffer.get(..length).unwrap_or_default(), address)),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The address of a device as packet(7) has it (`struct sockaddr_ll`).
fn link_address(name: &str) -> io::Result<LinkAddr> {
    getifaddrs()?
        .filter(|entry| entry.interface_name == name)
        .find_map(|entry| entry.address.and_then(|address| address.as_link_addr().copied()))
        .ok_or_else(|| io::Error::other("the device has no link-layer address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(addresses: &[&str]) -> Ipv4Addr {
        choose_own(addresses.iter().map(|a| a.parse().unwrap()), Ipv4Addr::new(203, 0, 113, 168))
    }

    #[test]
    fn the_question_comes_from_the_network_in_question_and_never_from_the_address_itself() {
        assert_eq!(own(&["192.0.2.1/24", "203.0.113.9/24"]), Ipv4Addr::new(203, 0, 113, 9));
        assert_eq!(own(&["fe80::1/64", "192.0.2.1/24"]), Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(own(&["203.0.113.168/24"]), Ipv4Addr::UNSPECIFIED);
    }
}
