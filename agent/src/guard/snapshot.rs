//! What the network of the node is like, written down so that it can be put back.
//!
//! The journal takes back what resources did. A command has no inverse, so what it did to the network shows here: in the
//! devices, addresses, routes and rules, in the firewall, and in whether somebody still takes ssh connections. Link-local
//! addresses and routes are the kernel's own and are left out.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::firewall::Firewall;
use crate::{
    converge::{Converge, On},
    net,
    node::Node,
    state::{Address, Link, Presence, Resource, Route, RunState, SystemService},
    wire::Failure,
};

/// Services that take ssh connections, by the names that distributions give them.
const SSH: [&str; 3] = ["ssh", "sshd", "dropbear"];

/// What the network of the node is like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    links: Vec<Link>,
    addresses: Vec<Address>,
    routes: Vec<Route>,
    /// What no resource has words for.
    #[serde(default)]
    others: net::Others,
    /// Taken only where a command or a service is about to be run.
    pub(super) firewall: Option<Firewall>,
    /// Of [`SSH`], those that run; taken as the firewall is.
    ssh: Vec<String>,
}

impl Snapshot {
    /// Devices, addresses and routes, through netlink: no program is run.
    pub(super) fn take() -> Result<Self, Failure> {
        let net::Picture { devices, addresses, routes } = net::picture()?;
        let name = |index: u32| devices.iter().find(|device| device.index == index).map(|device| device.name.clone());
        let links = devices.iter().map(|device| Link {
            name: device.name.clone(),
            kind: None,
            up: Some(device.up),
            mtu: Some(device.mtu),
        });
        let addresses = addresses.into_iter().filter(|live| !is_link_local(live.address.addr())).filter_map(|live| {
            let device = name(live.device)?;
            let label = live.label.filter(|label| *label != device);
            Some(Address { device, address: live.address, label, state: Presence::Present })
        });
        let routes =
            routes.into_iter().filter(|live| !live.special && !is_link_local(live.destination.addr())).map(|live| {
                Route {
                    destination: live.destination,
                    gateway: live.gateway,
                    device: live.device.and_then(name),
                    source: live.source,
                    advmss: live.advmss,
                    metric: Some(live.metric),
                    state: Presence::Present,
                }
            });
        Ok(Self {
            links: links.collect(),
            addresses: addresses.collect(),
            routes: routes.collect(),
            others: net::Others::read()?,
            ..Self::default()
        })
    }

    /// Adds what only programs tell: the firewall, and who takes ssh connections.
    pub(super) fn look_further(&mut self, node: &Node) {
        if self.firewall.is_none() {
            self.firewall = Some(Firewall::read(node));
            self.ssh = SSH.into_iter().filter(|name| runs(node, name)).map(str::to_owned).collect();
        }
    }

    /// What makes `now` what this was, in this order. Pure. What is new goes first: an address that is in the way would
    /// otherwise take others with it, and routes need addresses.
    pub(super) fn difference(&self, now: &Self) -> Vec<Resource> {
        let known = |name: &String| self.links.iter().any(|link| link.name == *name);
        let new_addresses = now.addresses.iter().filter(|address| known(&address.device) && !self.has(address));
        let absent = |address: &Address| Resource::Address(Address { state: Presence::Absent, ..address.clone() });
        let lost_links = self.links.iter().filter(|link| now.links.iter().any(|n| n.name == link.name && n != *link));
        let lost_addresses = self.addresses.iter().filter(|address| !now.has(address));
        let lost_routes = self.routes.iter().filter(|route| !now.routes.contains(route));
        let is_elsewhere = |route: &&Route| {
            !self.routes.iter().any(|old| (old.destination, old.metric) == (route.destination, route.metric))
        };
        let new_routes = now.routes.iter().filter(is_elsewhere);
        let gone = |route: &Route| Resource::Route(Route { state: Presence::Absent, ..route.clone() });
        let links = lost_links.cloned().map(Resource::Link);
        links
            .chain(new_addresses.map(absent))
            .chain(lost_addresses.cloned().map(Resource::Address))
            .chain(new_routes.map(gone))
            .chain(lost_routes.cloned().map(Resource::Route))
            .collect()
    }

    /// What puts back, of `now`, what no resource has words for.
    pub(super) fn others(&self, now: &Self) -> Vec<net::Restore> {
        self.others.difference(&now.others)
    }

    /// The services that took ssh connections and are to run again.
    pub(super) fn services(&self) -> impl Iterator<Item = Resource> {
        self.ssh.iter().map(|name| service(name)).map(Resource::SystemService)
    }

    fn has(&self, address: &Address) -> bool {
        self.addresses.iter().any(|own| (&own.device, own.address) == (&address.device, address.address))
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local() || address.is_multicast(),
    }
}

fn service(name: &str) -> SystemService {
    SystemService { name: name.to_owned(), run: Some(RunState::Started), enabled: None, masked: None }
}

fn runs(node: &Node, name: &str) -> bool {
    let resource = &service(name);
    let on = On { node, resource };
    on.query().is_ok_and(|live| on.diff(&live).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(addresses: &[&str], routes: &[(&str, Option<&str>)]) -> Snapshot {
        let link = Link { name: "eth0".to_owned(), kind: None, up: Some(true), mtu: Some(1500) };
        let address = |text: &&str| Address {
            device: "eth0".to_owned(),
            address: text.parse().unwrap(),
            label: None,
            state: Presence::Present,
        };
        let route = |(destination, gateway): &(&str, Option<&str>)| Route {
            destination: destination.parse().unwrap(),
            gateway: gateway.map(|gateway| gateway.parse().unwrap()),
            device: Some("eth0".to_owned()),
            source: None,
            advmss: None,
            metric: Some(0),
            state: Presence::Present,
        };
        Snapshot {
            links: vec![link],
            addresses: addresses.iter().map(address).collect(),
            routes: routes.iter().map(route).collect(),
            ..Snapshot::default()
        }
    }

    fn shown(resources: &[Resource]) -> Vec<String> {
        let absent = |resource: &Resource| if resource.is_wanted() { "" } else { "no " };
        resources.iter().map(|resource| format!("{}{}", absent(resource), resource.id())).collect()
    }

    #[test]
    fn nothing_differs_from_itself() {
        let before = snapshot(&["192.168.0.1/24"], &[("0.0.0.0/0", Some("192.168.0.254"))]);
        assert_eq!(before.difference(&before.clone()), []);
    }

    #[test]
    fn what_is_new_goes_before_what_was_lost_comes_back() {
        let before = snapshot(&["192.168.0.1/24"], &[("0.0.0.0/0", Some("192.168.0.254"))]);
        let mut now = snapshot(&["192.168.0.1/16"], &[("0.0.0.0/0", Some("192.168.0.9")), ("10.0.0.0/8", None)]);
        now.links[0].up = Some(false);
        assert_eq!(
            shown(&before.difference(&now)),
            [
                "link eth0",
                "no address 192.168.0.1/16 dev eth0",
                "address 192.168.0.1/24 dev eth0",
                "no route 10.0.0.0/8 metric 0",
                "route default metric 0",
            ]
        );
    }

    #[test]
    fn a_device_that_was_not_there_is_left_alone() {
        let before = snapshot(&[], &[]);
        let mut now = snapshot(&["10.9.9.9/32"], &[]);
        now.addresses[0].device = "dummy0".to_owned();
        assert_eq!(before.difference(&now), []);
    }
}
