//! Which device of a director gets the VIP.

use std::net::IpAddr;

use crate::{
    model::{
        Mistakes, Placed, ServiceVip,
        read::{HostSpec, ServiceSpec},
    },
    source::{Code, Diagnostic, did_you_mean},
};

/// Each VIP with its device; nothing where one has none.
pub(super) fn of(spec: &ServiceSpec, director: &HostSpec, mistakes: &mut Mistakes) -> Option<Vec<ServiceVip>> {
    let devices: Vec<_> = spec.key.vips.iter().map(|vip| mistakes.take(device(spec, vip, director))).collect();
    let vip =
        |(vip, device): (&Placed<IpAddr>, Option<String>)| Some(ServiceVip { address: vip.value, device: device? });
    spec.key.vips.iter().zip(devices).map(vip).collect()
}

/// The service's `vip_device`, or the director's `lvs_vip_device`, or the device whose network the VIP is in.
fn device(spec: &ServiceSpec, vip: &Placed<IpAddr>, director: &HostSpec) -> Result<String, Diagnostic> {
    if let Some(device) = spec.vip_device.as_ref().or(director.vip_device.as_ref()) {
        return known(device, director);
    }
    if let Some((interface, _)) = director.towards(vip.value) {
        return Ok(interface.device.value.clone());
    }
    let title = format!("no device of {} is in the network of the VIP {}", director.name, vip.value);
    Err(Diagnostic::new(Code::NoVipDevice, title, &vip.span, "")
        .also(&director.span, "this director")
        .hint(format!("add the network to `lvs_interfaces` of {}, or set `lvs_vip_device`", director.name)))
}

/// A host that lists its interfaces lists the VIP's, too. `lo` is on every machine: for a VIP that is routed.
fn known(device: &Placed<String>, director: &HostSpec) -> Result<String, Diagnostic> {
    let names = || director.interfaces.iter().map(|interface| interface.device.value.as_str());
    if director.interfaces.is_empty() || device.value == "lo" || names().any(|name| name == device.value) {
        return Ok(device.value.clone());
    }
    let title = format!("{} has no device {}", director.name, device.value);
    let hint = match did_you_mean(&device.value, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("its `lvs_interfaces` are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Diagnostic::new(Code::NoVipDevice, title, &device.span, "").hint(hint))
}
