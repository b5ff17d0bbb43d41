//! The files from which a boot configures the network: ifcfg files on machines of the Red Hat family, a file below
//! `/etc/network/interfaces.d` where there is ifupdown, none elsewhere.
//!
//! They are derived from the same model that sets the running state, so that the two cannot differ.

use ipnet::IpNet;
use lvs_agent::{
    state::{Address, File, FileKind, Presence, Resource},
    wire::{Facts, Family, NetworkSystem},
};
use serde_json::{Value as Json, json};

use super::{Context, Stage};
use crate::source::Diagnostics;

/// Files of the Red Hat family for devices and for their routes, and of ifupdown; the device's name follows.
const IFCFG: &str = "/etc/sysconfig/network-scripts/ifcfg";
const ROUTES: &str = "/etc/sysconfig/network-scripts/route";
const IFUPDOWN: &str = "/etc/network/interfaces.d/lvsctl";

#[derive(Clone, Copy)]
enum Format {
    Ifcfg,
    Ifupdown,
}

impl Format {
    fn of(facts: &Facts) -> Option<Self> {
        match facts.family {
            Family::RedHat => Some(Self::Ifcfg),
            _ if facts.network_systems.contains(&NetworkSystem::Ifupdown) => Some(Self::Ifupdown),
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
    let mut files = Vec::new();
    for interface in context.node.interfaces.iter().filter(|interface| !interface.addresses.is_empty()) {
        let device = &interface.device;
        let variables = json!({
            "device": device,
            "name": device,
            "vip": false,
            "loopback": device == "lo",
            "mtu": interface.mtu,
            "ipv4": family(&interface.addresses, false),
            "ipv6": family(&interface.addresses, true),
            "gateway": interface.gateway,
            "gateway6": interface.gateway6,
            "routes": interface.routes,
        });
        let path = match format {
            Format::Ifcfg => format!("{IFCFG}-{device}"),
            Format::Ifupdown => format!("{IFUPDOWN}-{}", device.replace('.', "-")),
        };
        files.push(file(path, format.template(), variables, context)?);
        if let (Format::Ifcfg, false) = (format, interface.routes.is_empty()) {
            let variables = json!({ "device": device, "routes": interface.routes });
            files.push(file(format!("{ROUTES}-{device}"), "ifroutes.j2", variables, context)?);
        }
    }
    Ok(files)
}

/// One file for each VIP of a role, as an alias of its device (`lo:0`).
pub(super) fn of_vips(role: Stage, context: &Context<'_>) -> Result<Vec<Resource>, Diagnostics> {
    let Some(format) = Format::of(context.facts) else { return Ok(Vec::new()) };
    let resources = role.of(context.node);
    let mut files = Vec::new();
    for device in devices(resources) {
        let vips = addresses(resources).filter(|address| address.device == device);
        for (number, vip) in vips.enumerate() {
            let name = vip.label.clone().unwrap_or_else(|| format!("{device}:{number}"));
            let variables = json!({
                "device": device,
                "name": name,
                "vip": true,
                "loopback": device == "lo",
                "mtu": null,
                "ipv4": family(&[vip.address], false),
                "ipv6": family(&[vip.address], true),
                "gateway": null,
                "gateway6": null,
                "routes": [],
            });
            let path = match format {
                Format::Ifcfg => format!("{IFCFG}-{name}"),
                // run-parts(8) and ifupdown take letters, digits, `_` and `-` only.
                Format::Ifupdown => format!("{IFUPDOWN}-{}", name.replace([':', '.'], "-")),
            };
            files.push(file(path, format.template(), variables, context)?);
        }
    }
    Ok(files)
}

fn file(path: String, template: &str, interface: Json, context: &Context<'_>) -> Result<Resource, Diagnostics> {
    let text = context.scope.template(template, None, &[("interface", interface)])?;
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

fn family(addresses: &[IpNet], ipv6: bool) -> Json {
    addresses
        .iter()
        .filter(|address| matches!(address, IpNet::V6(_)) == ipv6)
        .map(|net| json!({ "address": net.addr(), "prefix": net.prefix_len(), "netmask": net.netmask() }))
        .collect()
}
