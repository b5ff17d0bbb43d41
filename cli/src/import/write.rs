//! The inventory of what was read, as plain data for a YAML writer.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    net::{IpAddr, SocketAddr},
};

use ipnet::IpNet;
use lvs_agent::state::{
    Forwarding, RealServer, Scheduler, ServiceKey, SyncDaemon, TunnelChecksum, TunnelKind, VirtualService, Weight,
};
use serde_json::{Map, Value as Json, json};

use super::{Found, Imported};

/// What is known beside what was read.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// Name of the director.
    pub director: String,
    /// Whether the inventory that this one goes with has a group `directors`.
    pub has_directors: bool,
    /// Hosts that are known already, by address.
    pub hosts: BTreeMap<IpAddr, String>,
    /// The director's devices with their addresses.
    pub interfaces: Vec<(String, IpNet)>,
    /// The device that gets the VIPs.
    pub vip_device: Option<String>,
}

/// Writes the inventory. What it cannot say is taken out of the services, and noted.
pub fn write(imported: &mut Imported, writing: &Writing) -> Json {
    let mut hosts: BTreeMap<IpAddr, String> = BTreeMap::new();
    let mut services = Vec::new();
    let mut found = std::mem::take(&mut imported.services);
    for one in &mut found {
        fit(one, imported);
        for server in &one.service.real_servers {
            if !writing.hosts.contains_key(&server.address) {
                hosts.insert(server.address, host_name(server.address));
            }
        }
        let name = |address| writing.hosts.get(&address).cloned().unwrap_or_else(|| host_name(address));
        services.push(service(&one.service, &name));
    }
    imported.services = found;
    let writing = &without_templates(writing, imported);
    let mut all = Map::new();
    all.insert("vars".to_owned(), json!({ "lvs_services": services }));
    let mut children = Map::new();
    children.insert("directors".to_owned(), directors(imported, writing));
    if !hosts.is_empty() {
        let hosts: Map<String, Json> = hosts.into_iter().map(|(address, name)| (name, real_server(address))).collect();
        children.insert("real_servers".to_owned(), json!({ "hosts": hosts }));
    }
    all.insert("children".to_owned(), children.into());
    json!({ "all": all })
}

/// Leaves out devices whose names a template could be: who had the director would else have whoever reads the inventory.
fn without_templates(writing: &Writing, imported: &mut Imported) -> Writing {
    let mut left_out = BTreeSet::new();
    let mut is_plain = |device: &str| {
        let is_plain = !device.contains(['{', '}']);
        if !is_plain {
            left_out.insert(device.to_owned());
        }
        is_plain
    };
    let mut plain = writing.clone();
    plain.interfaces.retain(|(device, _)| is_plain(device));
    plain.vip_device = plain.vip_device.filter(|device| is_plain(device));
    imported.sync.retain(|daemon| is_plain(&daemon.interface));
    for device in left_out {
        imported.lost(None, format!("what concerns the device `{device}`, whose name might be a template"));
    }
    plain
}

/// `rs-192-168-0-1`. No two addresses have one name: only IPv6 has two dashes in a row, or seven of them.
fn host_name(address: IpAddr) -> String {
    let text = match address {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
            let [.., high, low] = address.segments();
            format!("::ffff:{high:x}:{low:x}")
        }
        address => address.to_string(),
    };
    let end = if text.ends_with(':') { "0" } else { "" };
    format!("rs-{}{end}", text.replace(['.', ':'], "-"))
}

fn real_server(address: IpAddr) -> Json {
    json!({ "ansible_host": address, "lvs_rip": address })
}

fn directors(imported: &mut Imported, writing: &Writing) -> Json {
    let mut vars = Map::new();
    if let Some(timeouts) = imported.timeouts {
        let seconds = [("tcp", timeouts.tcp), ("tcpfin", timeouts.tcp_fin), ("udp", timeouts.udp)];
        let seconds = seconds.into_iter().filter_map(|(name, seconds)| Some((name.to_owned(), seconds?.into())));
        vars.insert("lvs_timeouts".to_owned(), seconds.collect::<Map<_, _>>().into());
    }
    if !imported.sync.is_empty() {
        vars.insert("lvs_sync".to_owned(), imported.sync.iter().map(sync).collect());
    }
    if writing.has_directors {
        return json!({ "vars": vars });
    }
    let known = !writing.interfaces.is_empty();
    if known {
        vars.insert("lvs_interfaces".to_owned(), interfaces(&writing.interfaces, writing.vip_device.as_deref()));
    }
    if let Some(device) = &writing.vip_device {
        vars.insert("lvs_vip_device".to_owned(), device.as_str().into());
    } else if !known {
        imported.remark(None, "the VIPs go to eth0: change `lvs_vip_device` if they should not");
        vars.insert("lvs_vip_device".to_owned(), "eth0".into());
    }
    json!({ "hosts": { writing.director.as_str(): vars } })
}

/// The devices with their addresses; a director that lists its devices lists that of the VIPs, too.
fn interfaces(list: &[(String, IpNet)], vip_device: Option<&str>) -> Json {
    let mut devices: Vec<(&str, Vec<&IpNet>)> = Vec::new();
    for (device, address) in list {
        match devices.iter_mut().find(|(known, _)| known == device) {
            Some((_, addresses)) => addresses.push(address),
            None => devices.push((device, vec![address])),
        }
    }
    if let Some(device) = vip_device.filter(|device| !devices.iter().any(|(known, _)| known == device)) {
        devices.push((device, Vec::new()));
    }
    devices.into_iter().map(|(device, addresses)| json!({ "device": device, "addresses": addresses })).collect()
}

/// Takes out of a service what an inventory cannot say, and what the kernel does not heed.
fn fit(one: &mut Found, imported: &mut Imported) {
    let (service, line) = (&mut one.service, one.line);
    let key = service.key;
    let flags = &mut service.flags;
    let has_flags = matches!(service.scheduler, Scheduler::SourceHashing | Scheduler::MaglevHashing);
    if flags.sched_3 || !has_flags && (flags.sched_1 || flags.sched_2) {
        imported.lost(line, format!("{key}: flags that the scheduler {} does not heed", service.scheduler));
        (flags.sched_1, flags.sched_2) = (flags.sched_1 && has_flags, flags.sched_2 && has_flags);
        flags.sched_3 = false;
    }
    let is_udp = match key {
        ServiceKey::Address { protocol, .. } => protocol == lvs_agent::state::Protocol::Udp,
        ServiceKey::Fwmark { .. } => true,
    };
    if flags.one_packet && !is_udp {
        imported.lost(line, format!("{key}: one-packet scheduling, which is for UDP"));
        flags.one_packet = false;
    }
    if let Some(engine) = service.persistence_engine.take_if(|engine| !is_udp || engine.as_str() != "sip") {
        imported.lost(line, format!("{key}: the persistence engine {engine}"));
    }
    if service.persistence.is_none() && service.persistence_engine.take().is_some() {
        imported.lost(line, format!("{key}: a persistence engine without persistence"));
    }
    if let ServiceKey::Fwmark { mark, .. } = key {
        let text = format!("{key}: add the addresses that the mark {} is set for, as `vip`", mark.0);
        imported.remark(line, text);
    }
    let Some(forwarding) = service.real_servers.first().map(|server| server.forwarding) else { return };
    let own = port(key);
    let mut seen: HashSet<SocketAddr> = HashSet::new();
    service.real_servers.retain_mut(|server| {
        let name = SocketAddr::new(server.address, server.port);
        let port = if forwarding == Forwarding::Nat { server.port } else { own };
        let why = if server.forwarding != forwarding {
            format!("it has `{}`, and the service's first has `{forwarding}`", server.forwarding)
        } else if server.address.is_loopback() || server.address.is_unspecified() {
            "a director does not serve itself".to_owned()
        } else if !seen.insert(SocketAddr::new(server.address, port)) {
            "it stands twice".to_owned()
        } else {
            if server.port != port {
                imported.lost(line, format!("{key}: the port of {name}, which `{forwarding}` does not change"));
                server.port = port;
            }
            return true;
        };
        imported.lost(line, format!("{key}: the real server {name}: {why}"));
        false
    });
}

fn port(key: ServiceKey) -> u16 {
    match key {
        ServiceKey::Address { port, .. } => port,
        ServiceKey::Fwmark { .. } => 0,
    }
}

fn service(service: &VirtualService, name: &dyn Fn(IpAddr) -> String) -> Json {
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| map.insert(key.to_owned(), value);
    match service.key {
        ServiceKey::Address { protocol, vip, port } => {
            put("vip", json!(vip));
            put("port", port.into());
            put("protocol", json!(protocol));
        }
        ServiceKey::Fwmark { mark, ipv6 } => {
            put("fwmark", mark.0.into());
            if ipv6 {
                put("ipv6", true.into());
            }
            if service.flags.one_packet || service.persistence_engine.is_some() {
                put("protocol", "udp".into());
            }
        }
    }
    let is_known = service.scheduler.name().parse::<Scheduler>().is_ok();
    let scheduler = service.scheduler.name();
    put("scheduler", if is_known { scheduler.into() } else { json!({ "other": scheduler }) });
    let flags: Vec<String> = [(service.flags.sched_2, "port"), (service.flags.sched_1, "fallback")]
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, flag)| format!("{scheduler}-{flag}"))
        .collect();
    if !flags.is_empty() {
        put("scheduler_flags", flags.into());
    }
    if service.flags.one_packet {
        put("one_packet", true.into());
    }
    if let Some(kept) = service.persistence {
        let mut persistence = json!({ "timeout": kept.timeout_seconds });
        if kept.prefix != if service.key.is_ipv6() { 128 } else { 32 } {
            persistence["prefix"] = kept.prefix.into();
        }
        if let Some(engine) = &service.persistence_engine {
            persistence["engine"] = engine.as_str().into();
        }
        put("persistence", persistence);
    }
    let forwarding = service.real_servers.first().map_or(Forwarding::DirectRouting, |server| server.forwarding);
    put("forward", forwarding.to_string().into());
    if let Forwarding::Tunnel(kind) = forwarding
        && let Some(kind) = tunnel(kind)
    {
        put("tunnel", kind);
    }
    let own = port(service.key);
    put("real_servers", service.real_servers.iter().map(|server| entry(server, own, name)).collect());
    map.into()
}

fn tunnel(kind: TunnelKind) -> Option<Json> {
    let (mut json, checksum) = match kind {
        TunnelKind::Ipip => return None,
        TunnelKind::Gue { port, checksum } => (json!({ "type": "gue", "port": port }), checksum),
        TunnelKind::Gre { checksum } => (json!({ "type": "gre" }), checksum),
    };
    match checksum {
        TunnelChecksum::None => {}
        TunnelChecksum::Checksum => json["checksum"] = true.into(),
        TunnelChecksum::Remote => json["checksum"] = "remote".into(),
    }
    Some(json)
}

fn entry(server: &RealServer, own: u16, name: &dyn Fn(IpAddr) -> String) -> Json {
    let mut json = json!({ "host": name(server.address), "address": server.address });
    if server.port != own {
        json["port"] = server.port.into();
    }
    if server.weight != Weight::default() {
        json["weight"] = server.weight.0.into();
    }
    for (name, number) in [("upper_threshold", server.upper_threshold), ("lower_threshold", server.lower_threshold)] {
        if number != 0 {
            json[name] = number.into();
        }
    }
    json
}

fn sync(daemon: &SyncDaemon) -> Json {
    let mut json = json!({ "role": daemon.role, "interface": daemon.interface, "id": daemon.sync_id });
    let usual = SyncDaemon::new(daemon.role, "");
    if let Some(length) = daemon.max_len {
        json["max_len"] = length.into();
    }
    if daemon.group != usual.group {
        json["group"] = json!(daemon.group);
    }
    if daemon.port != usual.port {
        json["port"] = daemon.port.into();
    }
    if daemon.ttl != usual.ttl {
        json["ttl"] = daemon.ttl.into();
    }
    json
}

#[cfg(test)]
mod tests {
    use lvs_agent::state::SyncRole;

    use super::*;

    #[test]
    fn a_director_cannot_put_a_template_into_the_inventory() {
        let trap = "{{ lookup('pipe', 'id') }}";
        let mut imported = Imported { sync: vec![SyncDaemon::new(SyncRole::Master, trap)], ..Imported::default() };
        let writing = Writing {
            director: "lvs".to_owned(),
            interfaces: vec![(trap.to_owned(), "192.0.2.1/24".parse().unwrap())],
            vip_device: Some(trap.to_owned()),
            ..Writing::default()
        };
        let written = write(&mut imported, &writing).to_string();
        assert!(!written.contains("{{"), "{written}");
        assert!(imported.notes.iter().any(|note| note.lost), "{imported:#?}");
    }

    #[test]
    fn no_two_addresses_have_one_name() {
        let names = ["192.168.0.1", "1:2:3:4::", "1.2.3.4", "::ffff:1.2.3.4", "::ffff:1:2:3:4", "::", "2001:db8::1"];
        assert_eq!(
            names.map(|address| host_name(address.parse().unwrap())),
            [
                "rs-192-168-0-1",
                "rs-1-2-3-4--0",
                "rs-1-2-3-4",
                "rs---ffff-102-304",
                "rs---ffff-1-2-3-4",
                "rs---0",
                "rs-2001-db8--1",
            ]
        );
    }
}
