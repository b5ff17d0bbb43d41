//! What went wrong, for a person.

use super::{Device, rtnetlink::Rtnetlink};
use crate::{netlink::Error, wire::Failure};

/// An error that needs no hint.
pub(super) fn plain(tried: impl Into<String>, error: &Error) -> Failure {
    Failure { tried: tried.into(), came_back: error.chain(), hint: hint(error) }
}

/// The device is not there.
pub(super) fn missing_device(tried: impl Into<String>, name: &str, devices: &[Device]) -> Failure {
    let names: Vec<_> = devices.iter().map(|device| device.name.as_str()).collect();
    let module = match name {
        "tunl0" => "; tunl0 comes with the module ipip",
        _ => "",
    };
    Failure {
        tried: tried.into(),
        came_back: format!("there is no device {name}"),
        hint: Some(format!("this node has {}{module}", names.join(", "))),
    }
}

/// The node's devices with their addresses, for a hint: `eth0 192.168.0.1/24, lo 127.0.0.1/8`.
pub(super) fn networks() -> String {
    let read = || {
        let mut kernel = Rtnetlink::open()?;
        Ok::<_, Error>((kernel.devices()?, kernel.addresses()?))
    };
    let Ok((devices, addresses)) = read() else { return "unknown".to_owned() };
    let list: Vec<_> = addresses
        .iter()
        .filter_map(|address| {
            let device = devices.iter().find(|device| device.index == address.device)?;
            Some(format!("{} {}", device.name, address.address))
        })
        .collect();
    list.join(", ")
}

fn hint(error: &Error) -> Option<String> {
    error.is(rustix::io::Errno::PERM).then(|| "this needs root (CAP_NET_ADMIN)".to_owned())
}
