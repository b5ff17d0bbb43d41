//! What makes a node a real server.

use std::net::{IpAddr, SocketAddr};

use lvs_agent::state::{Forwarding, Link, Resource, WaitFor, Weight};

use super::{
    network::default_route,
    part::Part,
    settings::{ipv4_conf, module, sysctl, sysctl_or},
    tunnel::{self, TunnelDevice},
    vip,
};
use crate::model::{Service, ServiceMember};

/// How long a service may take to answer on its real server. Servers of slow machines start within it.
const WAIT_SECONDS: u64 = 30;

/// The stage `real_server`: silent for the VIP first, then the VIP, then a look whether the service answers there, and
/// the default route of NAT last, since it may cut off the session that sets it.
pub(super) fn stage(part: &Part) -> Vec<Resource> {
    let mut resources = tunnel_devices(part);
    resources.extend(arp(part));
    resources.extend(reverse_path(part));
    resources.extend(vips(part).into_iter().map(|(device, address)| vip::on(&device, address)));
    resources.extend(waits(part));
    for nat in &part.nat_gateways {
        let through = part.host.towards(nat.member.address).map(|(interface, _)| interface);
        resources.push(default_route(nat.gateway, through, part));
    }
    resources
}

/// VIPs by device, each once. They are on `lo` for direct routing, and on the tunnel's device for tunnelling, since in
/// loose mode `rp_filter` drops what comes in on a device without addresses.
pub(super) fn vips(part: &Part) -> Vec<(String, IpAddr)> {
    let mut vips = Vec::new();
    for (service, member) in &part.served {
        for vip in service.addresses() {
            let device = match service.forward {
                Forwarding::Nat => continue,
                Forwarding::DirectRouting => "lo".to_owned(),
                Forwarding::Tunnel(kind) => tunnel::device(kind, service.key.is_ipv6(), member.address).device,
            };
            let pair = (device, vip);
            if !vips.contains(&pair) {
                vips.push(pair);
            }
        }
    }
    vips
}

fn tunnel_devices(part: &Part) -> Vec<Resource> {
    let mut resources = Vec::new();
    for TunnelDevice { modules, device, setup, .. } in tunnels(part) {
        resources.extend(modules.into_iter().map(module));
        resources.extend(setup.map(Resource::Command));
        resources.push(Resource::Link(Link { name: device, kind: None, up: Some(true), mtu: None }));
    }
    each_once(resources)
}

fn each_once(resources: impl IntoIterator<Item = Resource>) -> Vec<Resource> {
    let mut each = Vec::new();
    for resource in resources {
        if !each.contains(&resource) {
            each.push(resource);
        }
    }
    each
}

fn tunnels(part: &Part) -> Vec<TunnelDevice> {
    let mut tunnels = Vec::new();
    for (service, member) in &part.served {
        if let Forwarding::Tunnel(kind) = service.forward {
            let tunnel = tunnel::device(kind, service.key.is_ipv6(), member.address);
            if !tunnels.contains(&tunnel) {
                tunnels.push(tunnel);
            }
        }
    }
    tunnels
}

/// A real server must neither answer for the VIP (`arp_ignore` 1: only addresses of the device that was asked) nor ask
/// with it (`arp_announce` 2: never with an address of another device). On `all`, since the device that the question
/// comes in on decides, and never `lo`. IPv6 needs nothing: a neighbour is told of a device's own addresses only.
fn arp(part: &Part) -> Vec<Resource> {
    if !vips(part).iter().any(|(_, vip)| vip.is_ipv4()) {
        return Vec::new();
    }
    vec![sysctl(ipv4_conf("all", "arp_ignore"), "1"), sysctl(ipv4_conf("all", "arp_announce"), "2")]
}

/// What a client sent comes in where the route back to the client does not go out: in a tunnel's device always, and on
/// a link where the default gateway is not. A strict `rp_filter` (1) drops it. The larger of `all` and the device holds,
/// so both are set. For a tunnel `all` is set to 0, which leaves the other devices their own filter; 2 is as good.
fn reverse_path(part: &Part) -> Vec<Resource> {
    let mut resources = Vec::new();
    let loose = |device: &str| sysctl_or(ipv4_conf(device, "rp_filter"), "2", &["0"]);
    let devices = asymmetric(part);
    let tunnels = tunnels(part).into_iter().filter(|tunnel| tunnel.ipv4);
    let tunnels = each_once(tunnels.map(|tunnel| sysctl(ipv4_conf(&tunnel.device, "rp_filter"), "0")));
    if !tunnels.is_empty() {
        resources.push(sysctl_or(ipv4_conf("all", "rp_filter"), "0", &["2"]));
        resources.extend(tunnels);
    } else if !devices.is_empty() {
        resources.push(loose("all"));
    }
    resources.extend(devices.into_iter().map(loose));
    resources
}

/// The devices that a director sends to, where the default gateway is on another one.
fn asymmetric<'a>(part: &Part<'a>) -> Vec<&'a str> {
    let mut devices = Vec::new();
    for (service, member) in &part.served {
        if service.forward == Forwarding::Nat || member.address.is_ipv6() {
            continue;
        }
        if let (Some((inside, _)), Some((outside, _))) = (part.host.towards(member.address), part.host.gateway(false)) {
            let device = inside.device.value.as_str();
            if device != outside.device.value && !devices.contains(&device) {
                devices.push(device);
            }
        }
    }
    devices
}

/// The service must answer where it will be asked, before a director sends to it: at the VIP, but for NAT. One that
/// gets no connections (weight 0) may be down.
fn waits(part: &Part) -> Vec<Resource> {
    let used = part.served.iter().filter(|(_, member)| member.weight != Weight::QUIESCED);
    each_once(used.flat_map(|&(service, member)| {
        service.endpoints().into_iter().map(move |endpoint| wait(service, member, endpoint))
    }))
}

/// A service of a firewall mark may hand on the port that was asked for (port 0).
fn wait(service: &Service, member: &ServiceMember, endpoint: SocketAddr) -> Resource {
    let host = if service.forward == Forwarding::Nat { member.address } else { endpoint.ip() };
    let port = if member.port == 0 { endpoint.port() } else { member.port };
    Resource::WaitFor(WaitFor::port(host, port, WAIT_SECONDS))
}
