//! Putting an address on a device and taking it away (same as `ip address add` and `ip address del`).
//!
//! An address that is there with another prefix length is another address: it is named and left alone. When an IPv4
//! address goes, the kernel also takes the later addresses of the same network on that device, unless the sysctl
//! `promote_secondaries` is set; addresses with the prefix /32, as VIPs have on `lo`, have no such company.

use ipnet::IpNet;
use rustix::io::Errno;

use super::{
    Device, LiveAddress,
    constants::{
        AF_INET, AF_INET6, IFA_ADDRESS, IFA_LABEL, IFA_LOCAL, IFNAMSIZ, RT_SCOPE_HOST, RT_SCOPE_UNIVERSE, RTM_DELADDR,
        RTM_NEWADDR,
    },
    failure,
    rtnetlink::Rtnetlink,
};
use crate::{
    converge::Converge,
    netlink::{
        Error, Writer,
        constants::{NLM_F_CREATE, NLM_F_EXCL},
    },
    state::{Address, Presence, Resource},
    wire::{Change, Failure, Side, Stream},
};

/// The node's devices, and the addresses on the one in question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressLive {
    /// All devices.
    pub devices: Vec<Device>,
    /// The addresses on the device in question.
    pub addresses: Vec<LiveAddress>,
}

impl Converge for Address {
    type Live = AddressLive;

    fn query(&self) -> Result<AddressLive, Failure> {
        let read = || {
            let mut kernel = Rtnetlink::open()?;
            let devices = kernel.devices()?;
            let Some(device) = devices.iter().find(|device| device.name == self.device) else {
                return Ok(AddressLive { devices, addresses: Vec::new() });
            };
            let mut addresses = kernel.addresses()?;
            addresses.retain(|address| address.device == device.index);
            Ok(AddressLive { devices, addresses })
        };
        read().map_err(|error| failure::plain(format!("read the addresses of {}", self.device), &error))
    }

    fn diff(&self, live: &AddressLive) -> Vec<Change> {
        let subject = Resource::Address(self.clone()).id().0;
        match (self.state, self.find(live)) {
            (Presence::Present, Some(found)) if self.is_labelled(found) => Vec::new(),
            (Presence::Present, Some(found)) => vec![Change::set(
                format!("{subject} label"),
                found.label.clone().unwrap_or_default(),
                self.label.clone().unwrap_or_default(),
            )],
            (Presence::Present, None) => vec![Change::add(subject, self.beside(live))],
            (Presence::Absent, Some(_)) => vec![Change::remove(subject, Side::Present)],
            (Presence::Absent, None) => Vec::new(),
        }
    }

    fn apply(&self, live: &AddressLive, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let (verb, preposition) = match self.state {
            Presence::Present => ("add", "to"),
            Presence::Absent => ("remove", "from"),
        };
        let tried = format!("{verb} the address {} {preposition} {}", self.address, self.device);
        let Some(device) = live.devices.iter().find(|device| device.name == self.device) else {
            return Err(failure::missing_device(tried, &self.device, &live.devices));
        };
        if let Some(failure) = self.impossible(live, &tried) {
            return Err(failure);
        }
        self.make(device.index, live).map_err(|error| {
            let mut failure = failure::plain(tried, &error);
            if self.address.addr().is_ipv6() && error.is(Errno::ACCESS) {
                failure.hint = Some(format!("IPv6 is off: see net.ipv6.conf.{}.disable_ipv6", self.device));
            }
            failure
        })
    }

    fn undo(&self, live: &AddressLive) -> Vec<Resource> {
        if self.diff(live).is_empty() {
            return Vec::new();
        }
        let (label, state) = match self.find(live) {
            // The device's name is the label of an address that was given none.
            Some(found) => (found.label.clone().filter(|label| *label != self.device), Presence::Present),
            None => (None, Presence::Absent),
        };
        vec![Resource::Address(Self { label, state, ..self.clone() })]
    }
}

impl Address {
    fn find<'a>(&self, live: &'a AddressLive) -> Option<&'a LiveAddress> {
        live.addresses.iter().find(|found| found.address == self.address)
    }

    /// IPv6 addresses have no label; and `None` takes any.
    fn is_labelled(&self, found: &LiveAddress) -> bool {
        self.address.addr().is_ipv6() || self.label.is_none() || self.label == found.label
    }

    /// Names the same address with another prefix length, which stays.
    fn beside(&self, live: &AddressLive) -> Side {
        match self.twin(live) {
            Some(other) => Side::Value(format!("beside {other}, which stays")),
            None => Side::Present,
        }
    }

    fn twin(&self, live: &AddressLive) -> Option<IpNet> {
        live.addresses
            .iter()
            .map(|found| found.address)
            .find(|other| other.addr() == self.address.addr() && *other != self.address)
    }

    /// What the kernel would refuse without words, or what would break more than it mends.
    fn impossible(&self, live: &AddressLive, tried: &str) -> Option<Failure> {
        let fail =
            |came_back: String, hint: String| Some(Failure { tried: tried.to_owned(), came_back, hint: Some(hint) });
        if self.state == Presence::Absent {
            return None;
        }
        if let Some(label) = self.label.as_ref().filter(|label| label.len() >= IFNAMSIZ) {
            return fail(format!("the label `{label}` is too long"), "labels have at most 15 bytes".to_owned());
        }
        if self.address.addr().is_ipv6()
            && let Some(other) = self.twin(live)
        {
            return fail(
                format!("{} has {other}, and IPv6 has an address only once", self.device),
                format!("take {other} away first, or ask for that prefix length"),
            );
        }
        match self.find(live) {
            Some(found) if !self.is_labelled(found) && self.address.prefix_len() != self.address.max_prefix_len() => {
                fail(
                    format!("it has the label {}", found.label.as_deref().unwrap_or("none")),
                    "a new label means taking the address away for a moment, with every route through it; do that by \
                     hand, or leave the label out"
                        .to_owned(),
                )
            }
            _ => None,
        }
    }

    fn make(&self, index: u32, live: &AddressLive) -> Result<(), Error> {
        let mut kernel = Rtnetlink::open()?;
        let relabelled = self.state == Presence::Present && self.find(live).is_some();
        if self.state == Presence::Absent || relabelled {
            let removed = kernel.change(RTM_DELADDR, 0, |writer| self.encode(writer, index));
            match removed {
                Err(error) if error.is(Errno::ADDRNOTAVAIL) => {}
                removed => removed?,
            }
        }
        if self.state == Presence::Absent {
            return Ok(());
        }
        let added = kernel.change(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, |writer| {
            self.encode(writer, index);
            if let (IpNet::V4(_), Some(label)) = (self.address, &self.label) {
                writer.text(IFA_LABEL, label);
            }
        });
        match added {
            Err(error) if error.is(Errno::EXIST) => Ok(()),
            added => added,
        }
    }

    /// `struct ifaddrmsg { u8 family, prefixlen, flags, scope; u32 index; }` and the address.
    fn encode(&self, writer: &mut Writer, index: u32) {
        let prefix = self.address.prefix_len();
        let mut address = |family: u8, octets: &[u8]| {
            // As ip(8) has it: an IPv4 loopback address is the host's own, any other is everybody's, also on `lo`.
            let host = family == AF_INET && self.address.addr().is_loopback();
            let scope = if host { RT_SCOPE_HOST } else { RT_SCOPE_UNIVERSE };
            writer.raw(&[family, prefix, 0, scope]);
            writer.raw(&index.to_ne_bytes());
            writer.attribute(IFA_LOCAL, octets);
            writer.attribute(IFA_ADDRESS, octets);
        };
        match self.address {
            IpNet::V4(net) => address(AF_INET, &net.addr().octets()),
            IpNet::V6(net) => address(AF_INET6, &net.addr().octets()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vip() -> Address {
        Address {
            device: "lo".to_owned(),
            address: "203.0.113.168/32".parse().unwrap(),
            label: None,
            state: Presence::Present,
        }
    }

    fn live(addresses: &[(&str, &str)]) -> AddressLive {
        AddressLive {
            devices: vec![Device { index: 1, name: "lo".to_owned(), ..Device::default() }],
            addresses: addresses
                .iter()
                .map(|(address, label)| LiveAddress {
                    device: 1,
                    address: address.parse().unwrap(),
                    label: Some((*label).to_owned()),
                })
                .collect(),
        }
    }

    fn shown(changes: &[Change]) -> Vec<String> {
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_address_that_is_there_is_no_difference() {
        assert_eq!(vip().diff(&live(&[("203.0.113.168/32", "lo")])), []);
    }

    #[test]
    fn the_same_address_with_another_prefix_is_named_and_left_alone() {
        let changes = vip().diff(&live(&[("203.0.113.168/24", "lo")]));
        assert_eq!(shown(&changes), ["+ address 203.0.113.168/32 dev lo: beside 203.0.113.168/24, which stays"]);
        assert_eq!(Address { state: Presence::Absent, ..vip() }.diff(&live(&[("203.0.113.168/24", "lo")])), []);
    }

    #[test]
    fn a_missing_device_is_named_with_those_that_are_there() {
        let address = Address { device: "tunl0".to_owned(), ..vip() };
        assert_eq!(shown(&address.diff(&live(&[]))), ["+ address 203.0.113.168/32 dev tunl0"]);
        let failure = address.apply(&live(&[]), &mut |_, _| {}).unwrap_err();
        assert_eq!(failure.hint.unwrap(), "this node has lo; tunl0 comes with the module ipip");
    }

    #[test]
    fn another_label_is_a_change_of_a_vip_but_not_of_an_address_with_a_network() {
        let labelled = Address { label: Some("lo:0".to_owned()), ..vip() };
        let there = live(&[("203.0.113.168/32", "lo")]);
        assert_eq!(shown(&labelled.diff(&there)), ["~ address 203.0.113.168/32 dev lo label: lo -> lo:0"]);
        assert_eq!(labelled.impossible(&there, ""), None);
        assert_eq!(labelled.undo(&there), [Resource::Address(vip())]);

        let wide = Address { address: "203.0.113.168/24".parse().unwrap(), ..labelled };
        assert!(wide.impossible(&live(&[("203.0.113.168/24", "lo")]), "").is_some());
    }

    #[test]
    fn undo_of_an_added_address_removes_it_and_of_a_removed_one_adds_it() {
        let gone = Address { state: Presence::Absent, ..vip() };
        assert_eq!(vip().undo(&live(&[])), [Resource::Address(gone.clone())]);
        assert_eq!(gone.undo(&live(&[("203.0.113.168/32", "lo")])), [Resource::Address(vip())]);
        assert_eq!(gone.undo(&live(&[])), []);
    }
}
