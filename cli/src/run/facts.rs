//! The facts of a node under Ansible's names.

use ipnet::IpNet;
use lvs_agent::wire::{Facts, Family, InitSystem, InterfaceFacts, PackageManager};
use serde_json::{Map, Value as Json, json};

/// Distributions as Ansible writes them; others are written as os-release(5) has them, with a capital.
const DISTRIBUTIONS: &[(&str, &str)] = &[
    ("almalinux", "AlmaLinux"),
    ("arch", "Archlinux"),
    ("centos", "CentOS"),
    ("ol", "OracleLinux"),
    ("opensuse-leap", "openSUSE Leap"),
    ("opensuse-tumbleweed", "openSUSE Tumbleweed"),
    ("rhel", "RedHat"),
    ("sles", "SLES"),
];

/// Each fact as `ansible_NAME`.
pub(super) fn prefixed(facts: &Facts) -> Map<String, Json> {
    named(facts).into_iter().map(|(name, value)| (format!("ansible_{name}"), value)).collect()
}

/// The facts under the names that they have in `ansible_facts`.
pub(crate) fn named(facts: &Facts) -> Map<String, Json> {
    let addresses = |ipv6: bool| -> Vec<_> {
        let all = facts.interfaces.iter().flat_map(|interface| &interface.addresses);
        all.map(ipnet::IpNet::addr).filter(|address| address.is_ipv6() == ipv6 && !address.is_loopback()).collect()
    };
    let mut named = Map::new();
    let mut set = |name: &str, value: Json| named.insert(name.to_owned(), value);
    set("os_family", family(facts.family).into());
    set("distribution", distribution(&facts.distribution).into());
    set("distribution_version", facts.distribution_version.clone().into());
    set("distribution_major_version", facts.distribution_version.split('.').next().into());
    set("hostname", facts.hostname.split('.').next().into());
    set("nodename", facts.hostname.clone().into());
    set("kernel", facts.kernel.clone().into());
    set("system", "Linux".into());
    set("architecture", facts.architecture.clone().into());
    set("machine", facts.architecture.clone().into());
    set("service_mgr", init(facts.init).into());
    set("pkg_mgr", facts.package_manager.map_or("unknown", package_manager).into());
    set("fqdn", json!(fqdn(facts)));
    set("domain", fqdn(facts).split_once('.').map_or("", |(_, domain)| domain).into());
    for (name, value) in processors(facts) {
        set(name, value);
    }
    set("memtotal_mb", (facts.machine.memory_kb / 1024).into());
    set("default_ipv4", default_route(facts, false));
    set("default_ipv6", default_route(facts, true));
    set("interfaces", facts.interfaces.iter().map(|interface| interface.name.as_str()).collect());
    set("all_ipv4_addresses", json!(addresses(false)));
    set("all_ipv6_addresses", json!(addresses(true)));
    // Ansible has no names for these.
    let mut modules = facts.machine.modules.clone();
    modules.sort();
    set("lvs_modules", json!(modules));
    set("lvs_modules_loaded", json!(facts.machine.loaded));
    set("lvs_sysctls", json!(facts.machine.sysctls));
    set("lvs_routes", json!(facts.machine.routes));
    for device in &facts.interfaces {
        set(&device.name.replace(['-', '.', ':'], "_"), interface(device));
    }
    named
}

fn fqdn(facts: &Facts) -> &str {
    if facts.machine.fqdn.is_empty() { &facts.hostname } else { &facts.machine.fqdn }
}

/// Ansible's `processor_*`: where the kernel tells nothing of sockets, each processor is one.
fn processors(facts: &Facts) -> [(&'static str, Json); 6] {
    let machine = &facts.machine;
    let field = |name: &str| machine.processor.get(name).map(String::as_str);
    let number = |name: &str| field(name).and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
    let (count, cores) = match machine.sockets {
        0 => (machine.processors, 1),
        sockets => (sockets, number("cpu cores").unwrap_or(1)),
    };
    let threads = number("siblings").map_or(1, |siblings| (siblings / cores).max(1));
    let named = [field("vendor_id"), field("model name")];
    let list: Vec<Json> = (0..machine.processors)
        .flat_map(|number| {
            std::iter::once(number.to_string().into()).chain(named.iter().flatten().map(|&name| name.into()))
        })
        .collect();
    [
        ("processor", list.into()),
        ("processor_count", count.into()),
        ("processor_cores", cores.into()),
        ("processor_threads_per_core", threads.into()),
        ("processor_vcpus", machine.processors.into()),
        ("processor_nproc", machine.processors.into()),
    ]
}

/// Ansible's `default_ipv4` and `default_ipv6`: the device of the best default route with its first address.
fn default_route(facts: &Facts, ipv6: bool) -> Json {
    let defaults = facts.machine.routes.iter().filter(|route| route.to.prefix_len() == 0);
    let of_family = defaults.filter(|route| matches!(route.to, IpNet::V6(_)) == ipv6);
    let Some(route) = of_family.min_by_key(|route| route.metric) else { return json!({}) };
    let Some(device) = facts.interfaces.iter().find(|interface| interface.name == route.device) else {
        return json!({});
    };
    let is_link = |net: &&IpNet| matches!(net, IpNet::V6(net) if net.addr().is_unicast_link_local());
    let of_device = || device.addresses.iter().filter(|net| matches!(net, IpNet::V6(_)) == ipv6);
    // The address that a packet to the next hop leaves with, as far as that can be told.
    let address = of_device().find(|net| route.via.is_some_and(|via| net.contains(&via)));
    let Some(net) = address.or_else(|| of_device().find(|net| !is_link(net))) else { return json!({}) };
    let mut value = json!({
        "address": net.addr(),
        "gateway": route.via,
        "interface": device.name,
        "macaddress": device.mac,
        "mtu": device.mtu,
        "prefix": net.prefix_len().to_string(),
        "type": "ether",
    });
    if let IpNet::V4(net) = net {
        value["alias"] = device.name.as_str().into();
        value["broadcast"] = json!(net.broadcast());
        value["netmask"] = json!(net.netmask());
        value["network"] = json!(net.network());
    } else {
        value["scope"] = "global".into();
    }
    value
}

fn interface(interface: &InterfaceFacts) -> Json {
    let of = |ipv6: bool| {
        let addresses = interface.addresses.iter().filter(move |net| net.addr().is_ipv6() == ipv6);
        addresses.map(|net| {
            json!({
                "address": net.addr(),
                "prefix": net.prefix_len().to_string(),
                "netmask": net.netmask(),
                "network": net.network(),
            })
        })
    };
    let mut value = json!({
        "device": interface.name,
        "macaddress": interface.mac,
        "active": interface.up,
        "mtu": interface.mtu,
        "ipv6": of(true).collect::<Vec<_>>(),
    });
    let mut ipv4 = of(false);
    if let Some(first) = ipv4.next() {
        value["ipv4"] = first;
        value["ipv4_secondaries"] = ipv4.collect();
    }
    value
}

fn distribution(id: &str) -> String {
    match DISTRIBUTIONS.iter().find(|(known, _)| *known == id) {
        Some((_, name)) => (*name).to_owned(),
        None => id.chars().take(1).flat_map(char::to_uppercase).chain(id.chars().skip(1)).collect(),
    }
}

const fn family(family: Family) -> &'static str {
    match family {
        Family::Debian => "Debian",
        Family::RedHat => "RedHat",
        Family::Suse => "Suse",
        Family::Alpine => "Alpine",
        Family::Archlinux => "Archlinux",
        Family::Other => "Other",
    }
}

const fn init(init: InitSystem) -> &'static str {
    match init {
        InitSystem::Systemd => "systemd",
        InitSystem::Sysv => "sysvinit",
        InitSystem::Openrc => "openrc",
    }
}

const fn package_manager(manager: PackageManager) -> &'static str {
    match manager {
        PackageManager::Apt => "apt",
        PackageManager::Dnf => "dnf",
        PackageManager::Yum => "yum",
        PackageManager::Zypper => "zypper",
        PackageManager::Apk => "apk",
        PackageManager::Pacman => "pacman",
    }
}

#[cfg(test)]
mod tests {
    use lvs_agent::wire::{MachineFacts, RouteFacts};

    use super::*;

    #[test]
    fn defaults_and_processors_have_ansibles_names() {
        let route = |to: &str, via: &str, device: &str, metric| RouteFacts {
            to: to.parse().unwrap(),
            via: via.parse().ok(),
            device: device.to_owned(),
            metric,
        };
        let interface = |name: &str, addresses: &[&str]| InterfaceFacts {
            name: name.to_owned(),
            mac: Some("02:4c:c0:a8:00:fe".to_owned()),
            up: true,
            mtu: 1500,
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        };
        let facts = Facts {
            hostname: "lvs".to_owned(),
            interfaces: vec![
                interface("eth0", &["192.168.0.254/24", "fe80::1/64"]),
                interface("eth1", &["198.51.100.9/32", "203.0.113.169/24", "fe80::2/64", "2001:db8:113::169/64"]),
            ],
            machine: MachineFacts {
                fqdn: "lvs.example.org".to_owned(),
                processor: [
                    ("vendor_id", "GenuineIntel"),
                    ("model name", "Xeon"),
                    ("cpu cores", "2"),
                    ("siblings", "4"),
                ]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
                processors: 8,
                sockets: 2,
                routes: vec![
                    route("0.0.0.0/0", "192.168.0.250", "eth0", 100),
                    route("0.0.0.0/0", "203.0.113.1", "eth1", 0),
                    route("::/0", "2001:db8:113::1", "eth1", 1024),
                ],
                ..MachineFacts::default()
            },
            ..Facts::default()
        };
        let named = named(&facts);
        assert_eq!((&named["fqdn"], &named["domain"]), (&"lvs.example.org".into(), &"example.org".into()));
        let default = &named["default_ipv4"];
        assert_eq!((&default["address"], &default["interface"]), (&"203.0.113.169".into(), &"eth1".into()));
        assert_eq!((&default["gateway"], &default["broadcast"]), (&"203.0.113.1".into(), &"203.0.113.255".into()));
        assert_eq!(named["default_ipv6"]["address"], "2001:db8:113::169");
        let numbers =
            ["count", "cores", "threads_per_core", "vcpus"].map(|name| named[&format!("processor_{name}")].clone());
        assert_eq!(numbers, [2, 2, 2, 8].map(Json::from));
        assert_eq!(named["processor"][2], "Xeon");
    }

    #[test]
    fn a_node_without_a_default_route_has_an_empty_one() {
        assert_eq!(named(&Facts::default())["default_ipv4"], json!({}));
    }
}
