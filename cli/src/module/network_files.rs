//! The files from which a boot configures the network: ifcfg files on machines of the Red Hat family, a file below
//! `/etc/network/interfaces.d` where there is ifupdown, none elsewhere.
//!
//! They are derived from the same resources that set the running state, so that the two cannot differ.

use std::net::IpAddr;

use ipnet::IpNet;
use lvs_agent::{
    state::{Address, File, FileKind, Link, Presence, Resource, Route},
    wire::{Facts, Family},
};
use serde_json::{Value as Json, json};

use super::{Context, Stage};
use crate::source::Diagnostics;

#[derive(Clone, Copy)]
enum Format {
    Ifcfg,
    Ifupdown,
}

impl Format {
    fn of(facts: &Facts) -> Option<Self> {
        match facts.family {
            Family::RedHat => Some(Self::Ifcfg),
            _ if facts.ifupdown => Some(Self::Ifupdown),
            _ => None,
        }
    }

    const fn template(self) -> &'static str {
        match self {
            Self::Ifcfg => "ifcfg.j2",
            Self::Ifupdown => "interfaces.j2",
        }
    }
}

/// One file for each device with addresses of its own.
pub(super) fn of_interfaces(context: &Context<'_>) -> Result<Vec<Resource>, Diagnostics> {
    let Some(format) = Format::of(context.facts) else { return Ok(Vec::new()) };
    let resources = &context.roles.network;
    let mut files = Vec::new();
    for device in devices(resources) {
        let addresses: Vec<&Address> = addresses(resources).filter(|address| address.device == device).collect();
        let interface = json!({
            "device": device,
            "name": device,
            "vip": false,
            "loopback": device == "lo",
            "mtu": mtu(resources, device),
            "ipv4": family(&addresses, false),
            "ipv6": family(&addresses, true),
            "gateway": gateway(resources, device, &addresses, false),
            "gateway6": gateway(resources, device, &addresses, true),
        });
        let path = match format {
            Format::Ifcfg => format!("/etc/sysconfig/network-scripts/ifcfg-{device}"),
            Format::Ifupdown => format!("/etc/network/interfaces.d/lvsctl-{device}"),
        };
        files.push(file(path, format, interface, context)?);
    }
    Ok(files)
}

/// One file for each VIP of a role, as an alias of its device (`lo:0`).
pub(super) fn of_vips(role: Stage, context: &Context<'_>) -> Result<Vec<Resource>, Diagnostics> {
    let Some(format) = Format::of(context.facts) else { return Ok(Vec::new()) };
    let resources = context.roles.of(role);
    let mut files = Vec::new();
    for device in devices(resources) {
        let vips = addresses(resources).filter(|address| address.device == device);
        for (number, vip) in vips.enumerate() {
            let name = vip.label.clone().unwrap_or_else(|| format!("{device}:{number}"));
            let interface = json!({
                "device": device,
                "name": name,
                "vip": true,
                "loopback": device == "lo",
                "mtu": null,
                "ipv4": family(&[vip], false),
                "ipv6": family(&[vip], true),
                "gateway": null,
                "gateway6": null,
            });
            let path = match format {
                Format::Ifcfg => format!("/etc/sysconfig/network-scripts/ifcfg-{name}"),
                // run-parts(8) and ifupdown take letters, digits, `_` and `-` only.
                Format::Ifupdown => format!("/etc/network/interfaces.d/lvsctl-{}", name.replace([':', '.'], "-")),
            };
            files.push(file(path, format, interface, context)?);
        }
    }
    Ok(files)
}

fn file(path: String, format: Format, interface: Json, context: &Context<'_>) -> Result<Resource, Diagnostics> {
    let text = context.scope.template(format.template(), None, &[("interface", interface)])?;
    let root = Some("root".to_owned());
    Ok(Resource::File(File {
        path,
        kind: FileKind::Content(text.into()),
        owner: root.clone(),
        group: root,
        mode: Some(0o644),
        sensitive: false,
    }))
}

fn addresses(resources: &[Resource]) -> impl Iterator<Item = &Address> {
    resources.iter().filter_map(|resource| match resource {
        Resource::Address(address) if address.state == Presence::Present => Some(address),
        _ => None,
    })
}

/// The devices with addresses, each once, in order.
fn devices(resources: &[Resource]) -> Vec<&str> {
    let mut devices: Vec<&str> = Vec::new();
    for address in addresses(resources) {
        if !devices.contains(&address.device.as_str()) {
            devices.push(&address.device);
        }
    }
    devices
}

fn family(addresses: &[&Address], ipv6: bool) -> Json {
    addresses
        .iter()
        .map(|address| address.address)
        .filter(|address| matches!(address, IpNet::V6(_)) == ipv6)
        .map(|net| json!({ "address": net.addr(), "prefix": net.prefix_len(), "netmask": net.netmask() }))
        .collect()
}

fn mtu(resources: &[Resource], device: &str) -> Option<u32> {
    resources.iter().find_map(|resource| match resource {
        Resource::Link(Link { name, mtu, .. }) if name == device => *mtu,
        _ => None,
    })
}

/// The default gateway that is reached through a device: the route names the device, or the gateway is on its network.
fn gateway(resources: &[Resource], device: &str, addresses: &[&Address], ipv6: bool) -> Option<IpAddr> {
    resources.iter().find_map(|resource| match resource {
        Resource::Route(Route {
            destination, gateway: Some(gateway), device: over, state: Presence::Present, ..
        }) if destination.prefix_len() == 0 && gateway.is_ipv6() == ipv6 => {
            let here = match over {
                Some(over) => over == device,
                None => addresses.iter().any(|address| address.address.contains(gateway)),
            };
            here.then_some(*gateway)
        }
        _ => None,
    })
}
