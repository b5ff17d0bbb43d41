//! The facts of a node under Ansible's names.

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

/// The facts as variables: `ansible_facts`, and each as `ansible_NAME`.
pub(super) fn variables(facts: &Facts) -> Map<String, Json> {
    let facts = named(facts);
    let mut variables: Map<String, Json> =
        facts.iter().map(|(name, value)| (format!("ansible_{name}"), value.clone())).collect();
    variables.insert("ansible_facts".to_owned(), Json::Object(facts));
    variables
}

fn named(facts: &Facts) -> Map<String, Json> {
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
    set("interfaces", facts.interfaces.iter().map(|interface| interface.name.as_str()).collect());
    set("all_ipv4_addresses", json!(addresses(false)));
    set("all_ipv6_addresses", json!(addresses(true)));
    for device in &facts.interfaces {
        set(&device.name.replace(['-', '.', ':'], "_"), interface(device));
    }
    named
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
