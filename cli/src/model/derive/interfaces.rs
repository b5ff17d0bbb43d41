//! A node's devices as plain data, with what the cluster adds to them.

use std::net::IpAddr;

use super::{director, part::Part, real_server, vip};
use crate::model::{Interface, InterfaceRoute, read::InterfaceSpec};

/// The devices of `lvs_interfaces` in their order, and after them those that only a VIP is on.
pub(super) fn of(part: &Part) -> Vec<Interface> {
    let mut interfaces: Vec<Interface> = part.host.interfaces.iter().map(|spec| interface(spec, part)).collect();
    for (device, vip) in director::vips(part).into_iter().chain(real_server::vips(part)) {
        let index = interfaces.iter().position(|interface| interface.device == device).unwrap_or_else(|| {
            interfaces.push(Interface { device: device.clone(), ..Interface::default() });
            interfaces.len() - 1
        });
        interfaces[index].vips.push(vip::net(vip));
    }
    interfaces
}

fn interface(spec: &InterfaceSpec, part: &Part) -> Interface {
    let mss = |ipv6: bool| part.segments.through(spec, ipv6);
    let mut interface = Interface {
        device: spec.device.value.clone(),
        addresses: spec.addresses.iter().map(|address| address.value).collect(),
        routes: spec
            .routes
            .iter()
            .map(|(to, via)| InterfaceRoute { to: *to, via: via.value, mss: mss(via.value.is_ipv6()) })
            .collect(),
        mtu: spec.mtu,
        ..Interface::default()
    };
    let nat = |ipv6: bool| part.nat_gateways.iter().find(move |nat| nat.gateway.is_ipv6() == ipv6);
    let own = spec.gateways.iter().map(|gateway| gateway.value).filter(|gateway| nat(gateway.is_ipv6()).is_none());
    let towards = |nat: &IpAddr| spec.towards(*nat).is_some();
    let directors = part.nat_gateways.iter().map(|nat| nat.gateway).filter(towards);
    for gateway in own.chain(directors) {
        interface.set_gateway(gateway, mss(gateway.is_ipv6()));
    }
    interface
}
