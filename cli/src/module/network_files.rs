//! The files from which a boot configures the network, in the format of the system that does it on the node
//! ([`Format`]); none where that is not known.
//!
//! They are derived from the same model that sets the running state, so that the two cannot differ. What a person wrote
//! about the same device is not touched, and a conflict unless lvsctl is told to take over.

mod format;
#[cfg(test)]
mod tests;

use ipnet::IpNet;
use lvs_agent::state::{Address, File, FileKind, Presence, Resource, Unclaimed};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{BootFiles, Context, Stage};
use crate::{source::Diagnostics, template::Syntax};
use format::{Format, Place};

/// The first line of every file, as the templates have it.
const HEADING: &str =
    "# Written by lvsctl. Changes made here are lost at the next apply: change the inventory instead.";

/// One file for each device with addresses of its own.
pub(super) fn of_interfaces(mode: BootFiles, context: &Context<'_>) -> Result<Vec<Resource>, Diagnostics> {
    let Some(format) = Format::of(context.facts).filter(|_| mode != BootFiles::None) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for interface in context.node.interfaces.iter().filter(|interface| !interface.addresses.is_empty()) {
        let device = &interface.device;
        let routes = |ipv6: bool| {
            let routes = interface.routes.iter().filter(move |route| matches!(route.to, IpNet::V6(_)) == ipv6);
            routes.collect::<Vec<_>>()
        };
        let variables = json!({
            "device": device,
            "name": device,
            "uuid": uuid(device),
            "vip": false,
            "loopback": device == "lo",
            "mtu": interface.mtu,
            "ipv4": family(&interface.addresses, false),
            "ipv6": family(&interface.addresses, true),
            "gateway": interface.gateway,
            "gateway6": interface.gateway6,
            "mss": interface.mss,
            "mss6": interface.mss6,
            "routes": interface.routes,
            "routes4": routes(false),
            "routes6": routes(true),
        });
        let place = Place::of_device(format, device);
        if mode == BootFiles::Beside {
            files.push(unclaimed(&place, format.places(), format.claims(device)));
        }
        files.extend(written(&place, format.template(), variables, context)?);
        if let (Format::Ifcfg, false) = (format, interface.routes.is_empty()) {
            let variables = json!({ "device": device, "routes": interface.routes });
            files.extend(written(&Place::of_routes(device), "ifroutes.j2", variables, context)?);
        }
    }
    Ok(conflicts_first(files))
}

/// One file for each VIP of a role, as an alias of its device (`lo:0`).
pub(super) fn of_vips(role: Stage, mode: BootFiles, context: &Context<'_>) -> Result<Vec<Resource>, Diagnostics> {
    let Some(format) = Format::of(context.facts).filter(|_| mode != BootFiles::None) else { return Ok(Vec::new()) };
    let resources = role.of(context.node);
    let mut files = Vec::new();
    for device in devices(resources) {
        let vips = addresses(resources).filter(|address| address.device == device);
        let interfaces = &context.node.interfaces;
        let has_own = interfaces.iter().any(|own| own.device == device && !own.addresses.is_empty());
        for (number, vip) in vips.enumerate() {
            let name = vip.label.clone().unwrap_or_else(|| format!("{device}:{number}"));
            let Some(place) = Place::of_vip(format, device, &name, has_own) else { continue };
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
                "mss": null,
                "mss6": null,
                "routes": [],
            });
            if mode == BootFiles::Beside {
                files.push(unclaimed(&place, Vec::new(), Vec::new()));
            }
            files.extend(written(&place, format.template(), variables, context)?);
        }
    }
    Ok(conflicts_first(files))
}

/// What may belong to somebody else is looked at before anything is written.
fn conflicts_first(mut files: Vec<Resource>) -> Vec<Resource> {
    files.sort_by_key(|resource| !matches!(resource, Resource::Unclaimed(_)));
    files
}

fn unclaimed(place: &Place, places: Vec<String>, claims: Vec<String>) -> Resource {
    Resource::Unclaimed(Unclaimed { path: place.path.clone(), heading: HEADING.to_owned(), places, claims })
}

/// The file, and before it the folder that it needs.
fn written(
    place: &Place,
    template: &str,
    interface: Json,
    context: &Context<'_>,
) -> Result<Vec<Resource>, Diagnostics> {
    let text = context.scope.template(template, &Syntax::default(), None, &[("interface", interface)])?;
    let of_root = |path: &str, kind, mode: u32| {
        let root = Some("root".to_owned());
        Resource::File(File {
            owner: root.clone(),
            group: root,
            mode: Some(mode.into()),
            ..File::new(path.to_owned(), kind)
        })
    };
    let folder = place.folder.iter().map(|folder| of_root(folder, FileKind::Directory, 0o755));
    let file = of_root(&place.path, FileKind::Content(text.into()), place.mode);
    Ok(folder.chain([file]).collect())
}

/// What names a connection for good, from what it is for.
fn uuid(device: &str) -> String {
    let hash = format!("{:x}", Sha256::digest(format!("lvsctl {device}")));
    format!("{}-{}-8{}-8{}-{}", &hash[..8], &hash[8..12], &hash[12..15], &hash[15..18], &hash[18..30])
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
