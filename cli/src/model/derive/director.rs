//! What makes a node a director.

use std::net::IpAddr;

use lvs_agent::state::{File, FileKind, Forwarding, IpvsTable, Link, Resource};

use super::{
    marks,
    part::Part,
    settings::{ipv4_conf, module, sysctl},
    vip,
};

/// modprobe(8) reads it whenever a module is loaded.
const MODPROBE_FILE: &str = "/etc/modprobe.d/lvsctl.conf";

/// Forwarding, which must be the very first. Only NAT needs it: the answers of its real servers come back through
/// the director as ordinary packets to be forwarded. What DR and TUN send on leaves from IPVS itself
/// (`ip_vs_dr_xmit`, `ip_vs_tunnel_xmit`), and a director that is no router need not be one.
pub(super) fn forwarding(part: &Part) -> Vec<Resource> {
    let mut resources = Vec::new();
    if nat_devices(part, false).is_some() {
        resources.push(sysctl("net.ipv4.ip_forward", "1"));
    }
    if nat_devices(part, true).is_some() {
        resources.push(sysctl("net.ipv6.conf.all.forwarding", "1"));
    }
    resources
}

/// The stage `director`, but for [`forwarding`]. The table is last: from there on it sends.
pub(super) fn stage(part: &Part) -> Vec<Resource> {
    if part.directed.is_empty() {
        return Vec::new();
    }
    let mut resources: Vec<Resource> = conn_tab(part).into_iter().collect();
    resources.extend(modules(part));
    resources.extend(settings(part));
    resources.extend(marks::resources(part));
    // The kernel refuses every real server while `lo` is down, and with it the table of local addresses.
    resources.push(Resource::Link(Link { name: "lo".to_owned(), kind: None, up: Some(true), mtu: None }));
    resources.extend(redirects(part));
    resources.extend(vips(part).into_iter().map(|(device, address)| vip::on(&device, address)));
    resources.push(Resource::Ipvs(IpvsTable {
        services: part.directed.iter().map(|service| service.to_virtual_service()).collect(),
        purge: part.host.purge,
        drain_seconds: part.host.drain_seconds,
        timeouts: part.host.ipvs.timeouts,
        sync: part.host.ipvs.sync.as_ref().map(|list| list.iter().map(|spec| spec.daemon.clone()).collect()),
    }));
    resources
}

/// VIPs by device, each once. A VIP that is the director's own address is there already.
pub(super) fn vips(part: &Part) -> Vec<(String, IpAddr)> {
    let mut vips = Vec::new();
    for service in part.directed.iter().filter(|service| service.holder() == part.host.name) {
        for vip in &service.vips {
            let pair = (vip.device.clone(), vip.address);
            if !vips.contains(&pair) && !part.host.addresses().any(|own| own.value.addr() == vip.address) {
                vips.push(pair);
            }
        }
    }
    vips
}

/// `ip_vs` before the schedulers, and loaded by name: inside a batch of netlink messages the kernel would load a
/// scheduler while it holds its lock.
fn modules(part: &Part) -> Vec<Resource> {
    let mut names = vec!["ip_vs".to_owned()];
    for service in &part.directed {
        let engine = service.persistence_engine.as_ref().map(|engine| format!("ip_vs_pe_{engine}"));
        for name in std::iter::once(service.scheduler.module()).chain(engine) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.into_iter().map(module).collect()
}

/// The size of the connection table is a parameter of the module: it counts from when `ip_vs` is loaded next.
fn conn_tab(part: &Part) -> Option<Resource> {
    let bits = part.host.ipvs.conn_tab_bits?;
    let root = Some("root".to_owned());
    Some(Resource::File(File {
        owner: root.clone(),
        group: root,
        mode: Some(0o644.into()),
        ..File::new(MODPROBE_FILE, FileKind::Content(format!("options ip_vs conn_tab_bits={bits}\n").into()))
    }))
}

/// What lvsctl wants of `net.ipv4.vs`, unless the inventory says otherwise, and what else the inventory says.
///
/// A client that uses a port again begins a new connection, whatever the kernel remembers of the old one. In DR and TUN
/// it sees a connection end only by the client's half (`FIN_WAIT`), so that without bit 2 of `conn_reuse_mode` the new one
/// would go to the old one's real server by the old one's forwarding method; and without `expire_nodest_conn` it would be
/// dropped in silence where that real server is gone. lvsctl removes a real server only when no connection to it is
/// active, so nothing but a new connection can ask for one that is gone. (kernel: ipvs-sysctl.rst)
fn settings(part: &Part) -> Vec<Resource> {
    let told = &part.host.ipvs.sysctls;
    let own = [("conn_reuse_mode", "3"), ("expire_nodest_conn", "1")];
    let own = own.into_iter().filter(|(name, _)| !told.iter().any(|(other, _)| other == name));
    let told = told.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    own.chain(told).map(|(name, value)| sysctl(format!("net.ipv4.vs.{name}"), value)).collect()
}

/// A NAT director must not tell a client or a real server of a shorter way: it would be around the translation.
/// `all` and each device count, and `default` is for devices to come.
fn redirects(part: &Part) -> Vec<Resource> {
    let Some(devices) = nat_devices(part, false) else { return Vec::new() };
    let all = ["all", "default"].into_iter().chain(devices);
    all.map(|device| sysctl(ipv4_conf(device, "send_redirects"), "0")).collect()
}

/// The devices towards the NAT real servers of that family; `None` where it is no NAT director.
fn nat_devices<'a>(part: &Part<'a>, ipv6: bool) -> Option<Vec<&'a str>> {
    let is_nat =
        |service: &&&crate::model::Service| service.forward == Forwarding::Nat && service.key.is_ipv6() == ipv6;
    let mut devices = None;
    for service in part.directed.iter().filter(is_nat) {
        let devices: &mut Vec<&str> = devices.get_or_insert_default();
        for member in &service.real_servers {
            let device = part.host.towards(member.address).map(|(interface, _)| interface.device.value.as_str());
            devices.extend(device.filter(|device| !devices.contains(device)));
        }
    }
    devices
}
