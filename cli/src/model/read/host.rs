//! What the variables of one host say about itself.

use std::net::IpAddr;

use ipnet::IpNet;
use lvs_agent::state::DEFAULT_DRAIN_SECONDS;

use super::{
    InterfaceSpec,
    ipvs::{self, IpvsSpec},
    real_server::real_address,
};
use crate::{
    inventory::Host,
    model::{Mistakes, Placed},
    source::{Code, Diagnostic, Span, did_you_mean},
    yaml::Node,
};

/// The variables that the model reads, without their prefix `lvs_`.
const VARIABLES: [&str; 6] = ["services", "interfaces", "rip", "vip_device", "purge", "drain_seconds"];

/// What the variables of one host say about itself.
#[derive(Clone, Debug)]
pub(crate) struct HostSpec {
    pub(crate) name: String,
    /// Where the inventory first names it.
    pub(crate) span: Span,
    pub(crate) interfaces: Vec<InterfaceSpec>,
    /// The RIPs that it was given, mostly none or one of each family.
    pub(crate) rips: Vec<Placed<IpAddr>>,
    pub(crate) vip_device: Option<Placed<String>>,
    pub(crate) purge: bool,
    pub(crate) drain_seconds: u64,
    pub(crate) ipvs: IpvsSpec,
}

impl HostSpec {
    /// Reads the variables of a host; what is wrong is left out.
    pub(crate) fn read(host: &Host, mistakes: &mut Mistakes) -> Self {
        warn_of_near_misses(host, mistakes);
        let get = |name: &str| host.vars.get(name).filter(|node| !node.is_null());
        let mut interfaces: Vec<InterfaceSpec> = Vec::new();
        let list = get("lvs_interfaces").and_then(|node| mistakes.take(node.as_list())).unwrap_or_default();
        for node in list {
            let Some(interface) = InterfaceSpec::read(node, mistakes) else { continue };
            match interfaces.iter().find(|other| other.device.value == interface.device.value) {
                Some(other) => mistakes.error(twice(&other.device, &interface.device)),
                None => interfaces.push(interface),
            }
        }
        one_gateway_a_family(&interfaces, mistakes);
        Self {
            name: host.name.clone(),
            span: host.span.clone(),
            interfaces,
            rips: get("lvs_rip")
                .map_or(&[][..], Node::as_list_or_one)
                .iter()
                .filter_map(|node| mistakes.take(real_address(node)).map(|address| Placed::new(address, &node.span)))
                .collect(),
            vip_device: get("lvs_vip_device")
                .and_then(|node| mistakes.take(node.to_text()).map(|name| Placed::new(name, &node.span))),
            purge: get("lvs_purge").and_then(|node| mistakes.take(node.as_bool())).unwrap_or(false),
            drain_seconds: get("lvs_drain_seconds")
                .and_then(|node: &Node| mistakes.take(node.as_number("a number of seconds from 0")))
                .unwrap_or(DEFAULT_DRAIN_SECONDS),
            ipvs: IpvsSpec::read(host, mistakes),
        }
    }

    /// Its own addresses with their networks, in the order of the inventory.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &Placed<IpNet>> {
        self.interfaces.iter().flat_map(|interface| &interface.addresses)
    }

    /// The device with a network that `other` is in, and its own address there.
    pub(crate) fn towards(&self, other: IpAddr) -> Option<(&InterfaceSpec, IpNet)> {
        self.interfaces.iter().find_map(|interface| interface.towards(other).map(|address| (interface, address)))
    }

    /// Its default gateway of that family, and the device it is on.
    pub(crate) fn gateway(&self, ipv6: bool) -> Option<(&InterfaceSpec, &Placed<IpAddr>)> {
        self.interfaces.iter().find_map(|interface| {
            let gateway = interface.gateways.iter().find(|gateway| gateway.value.is_ipv6() == ipv6)?;
            Some((interface, gateway))
        })
    }
}

fn twice(first: &Placed<String>, second: &Placed<String>) -> Diagnostic {
    let title = format!("the device {} stands twice", second.value);
    Diagnostic::new(Code::WrongValue, title, &second.span, "the second time")
        .also(&first.span, "the first time")
        .hint("one entry can have several addresses")
}

fn one_gateway_a_family(interfaces: &[InterfaceSpec], mistakes: &mut Mistakes) {
    for ipv6 in [false, true] {
        let mut gateways = interfaces
            .iter()
            .flat_map(|interface| &interface.gateways)
            .filter(|gateway| gateway.value.is_ipv6() == ipv6);
        if let (Some(first), Some(second)) = (gateways.next(), gateways.next()) {
            mistakes.error(
                Diagnostic::new(Code::WrongValue, "a host has two default gateways", &second.span, "the second")
                    .also(&first.span, "the first")
                    .hint("keep one, and reach the other networks with `routes`"),
            );
        }
    }
}

/// Short names are near to each other without being meant: `lvs_vip` is a fine name for a variable of the user's.
fn is_foreign(name: &str) -> bool {
    name.len() > 3 && !variables().any(|known| known == name)
}

pub(super) fn variables() -> impl Iterator<Item = &'static str> {
    VARIABLES.into_iter().chain(ipvs::VARIABLES)
}

/// What a cluster is: where a host has not this one, what is near to it is meant.
const SERVICES: &str = "services";

/// A variable with a spelling mistake would else be a variable that nobody reads.
fn warn_of_near_misses(host: &Host, mistakes: &mut Mistakes) {
    for (name, node) in &host.vars {
        let Some(rest) = name.strip_prefix("lvs_").filter(|rest| is_foreign(rest)) else { continue };
        if let Some(meant) = did_you_mean(rest, variables()) {
            let title = format!("nothing reads the variable `{name}`");
            let found = Diagnostic::new(Code::UnknownKey, title, &node.span, "its value")
                .hint(format!("did you mean `lvs_{meant}`?"));
            // A cluster without services is one whose services are to be taken away.
            if meant == SERVICES && !host.vars.contains_key(&format!("lvs_{SERVICES}")) {
                mistakes.error(found);
            } else {
                mistakes.warning(found);
            }
        }
    }
}
