//! Setting a route of the main table and taking it away (same as `ip route replace` and `ip route del`).
//!
//! Destination and metric name a route, so a default route with the same metric and another gateway is replaced in
//! one step: there is no moment without one. So is one with another `advmss`; connections that are there keep what they
//! agreed on. Where a route is to go, gateway and device must fit if they are given.

use std::net::IpAddr;

use ipnet::IpNet;
use rustix::io::Errno;

use super::{
    Device, LiveRoute,
    constants::{
        AF_INET, AF_INET6, IP6_RT_PRIO_USER, RT_SCOPE_LINK, RT_SCOPE_NOWHERE, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN,
        RTA_DST, RTA_GATEWAY, RTA_METRICS, RTA_OIF, RTA_PREFSRC, RTA_PRIORITY, RTAX_ADVMSS, RTM_DELROUTE, RTM_NEWROUTE,
        RTN_UNICAST, RTN_UNSPEC, RTPROT_STATIC, RTPROT_UNSPEC,
    },
    failure,
    rtnetlink::Rtnetlink,
};
use crate::{
    converge::Converge,
    netlink::{
        Error, Writer,
        constants::{NLM_F_CREATE, NLM_F_REPLACE},
    },
    state::{Presence, Resource, Route},
    wire::{Change, Failure, Side, Stream},
};

/// The node's devices, and the routes with the destination and metric in question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteLive {
    /// All devices.
    pub devices: Vec<Device>,
    /// The routes; the kernel uses the first.
    pub routes: Vec<LiveRoute>,
}

impl Converge for Route {
    type Live = RouteLive;

    fn query(&self) -> Result<RouteLive, Failure> {
        let read = || {
            let mut kernel = Rtnetlink::open()?;
            let devices = kernel.devices()?;
            let (destination, metric) = (self.destination.trunc(), self.live_metric());
            let routes =
                kernel.routes(self.family(), |route| route.destination == destination && route.metric == metric)?;
            Ok(RouteLive { devices, routes })
        };
        read().map_err(|error| failure::plain("read the routes", &error))
    }

    fn diff(&self, live: &RouteLive) -> Vec<Change> {
        let subject = Resource::Route(self.clone()).id().0;
        match self.state {
            Presence::Present => match live.routes.first() {
                Some(first) if self.fits(first, live) => Vec::new(),
                Some(first) => vec![Change::set(subject, live.words(first), self.words())],
                None => vec![Change::add(subject, Side::Value(self.words()))],
            },
            Presence::Absent => live
                .routes
                .iter()
                .filter(|route| self.is_meant(route, live))
                .map(|route| Change::remove(subject.clone(), Side::Value(live.words(route))))
                .collect(),
        }
    }

    fn apply(&self, live: &RouteLive, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let verb = match self.state {
            Presence::Present => "set",
            Presence::Absent => "remove",
        };
        let tried = format!("{verb} the {} {}", Resource::Route(self.clone()).id(), self.words());
        if let Some(name) = &self.device
            && live.index(name).is_none()
        {
            return Err(failure::missing_device(tried, name, &live.devices));
        }
        let made = Rtnetlink::open().and_then(|mut kernel| match self.state {
            Presence::Present => self.set(&mut kernel, live),
            Presence::Absent => self.remove(&mut kernel, live),
        });
        made.map_err(|error| {
            let mut failure = failure::plain(tried, &error);
            failure.hint = failure.hint.or_else(|| self.hint(&error, live));
            failure
        })
    }

    /// A route that this resource has no words for (several next hops, say) cannot be put back and is left out.
    fn undo(&self, live: &RouteLive) -> Vec<Resource> {
        if self.diff(live).is_empty() {
            return Vec::new();
        }
        let before = |route: &LiveRoute| {
            Resource::Route(Self {
                gateway: route.gateway,
                device: route.device.and_then(|index| live.name(index)),
                source: route.source,
                advmss: route.advmss,
                state: Presence::Present,
                ..self.clone()
            })
        };
        match self.state {
            Presence::Present => match live.routes.first() {
                Some(first) if first.special => Vec::new(),
                Some(first) => vec![before(first)],
                None => vec![Resource::Route(Self { state: Presence::Absent, ..self.clone() })],
            },
            Presence::Absent => {
                live.routes.iter().filter(|route| self.is_meant(route, live) && !route.special).map(before).collect()
            }
        }
    }
}

impl Route {
    const fn family(&self) -> u8 {
        match self.destination {
            IpNet::V4(_) => AF_INET,
            IpNet::V6(_) => AF_INET6,
        }
    }

    /// The metric as the kernel has it.
    fn live_metric(&self) -> u32 {
        match (self.metric, self.destination) {
            (None | Some(0), IpNet::V6(_)) => IP6_RT_PRIO_USER,
            (metric, _) => metric.unwrap_or(0),
        }
    }

    fn fits(&self, route: &LiveRoute, live: &RouteLive) -> bool {
        let has_source = self.source.is_none() || route.source == self.source;
        let is_same = route.gateway == self.gateway && route.advmss == self.advmss;
        !route.special && is_same && has_source && self.is_through(route, live)
    }

    /// Whether it is the route that is to go.
    fn is_meant(&self, route: &LiveRoute, live: &RouteLive) -> bool {
        (self.gateway.is_none() || route.gateway == self.gateway) && self.is_through(route, live)
    }

    fn is_through(&self, route: &LiveRoute, live: &RouteLive) -> bool {
        self.device.as_ref().is_none_or(|name| route.device.is_some() && route.device == live.index(name))
    }

    fn words(&self) -> String {
        words(self.gateway, self.device.clone(), self.source, self.advmss)
    }

    fn set(&self, kernel: &mut Rtnetlink, live: &RouteLive) -> Result<(), Error> {
        // The scope of a destination: behind a gateway anywhere, otherwise on this link.
        let scope = match (self.destination, self.gateway) {
            (IpNet::V4(_), None) => RT_SCOPE_LINK,
            _ => RT_SCOPE_UNIVERSE,
        };
        kernel.change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, |writer| {
            self.encode(writer, [RTPROT_STATIC, scope, RTN_UNICAST]);
            if let Some(gateway) = self.gateway {
                octets(gateway, |octets| writer.attribute(RTA_GATEWAY, octets));
            }
            if let Some(index) = self.device.as_ref().and_then(|name| live.index(name)) {
                writer.u32(RTA_OIF, index);
            }
            if let Some(source) = self.source {
                octets(source, |octets| writer.attribute(RTA_PREFSRC, octets));
            }
            if let Some(advmss) = self.advmss {
                writer.nest(RTA_METRICS, |writer| writer.u32(RTAX_ADVMSS, advmss));
            }
        })
    }

    fn remove(&self, kernel: &mut Rtnetlink, live: &RouteLive) -> Result<(), Error> {
        for route in live.routes.iter().filter(|route| self.is_meant(route, live)) {
            let removed = kernel.change(RTM_DELROUTE, 0, |writer| {
                self.encode(writer, [RTPROT_UNSPEC, RT_SCOPE_NOWHERE, RTN_UNSPEC]);
                if let Some(gateway) = route.gateway {
                    octets(gateway, |octets| writer.attribute(RTA_GATEWAY, octets));
                }
                if let Some(index) = route.device {
                    writer.u32(RTA_OIF, index);
                }
            });
            match removed {
                Err(error) if error.is(Errno::SRCH) => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    /// `struct rtmsg { u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags; }`, the destination
    /// and the metric.
    fn encode(&self, writer: &mut Writer, [protocol, scope, kind]: [u8; 3]) {
        let prefix = self.destination.prefix_len();
        writer.raw(&[self.family(), prefix, 0, 0, RT_TABLE_MAIN, protocol, scope, kind]);
        writer.raw(&[0; 4]);
        octets(self.destination.addr(), |octets| writer.attribute(RTA_DST, octets));
        writer.u32(RTA_PRIORITY, self.live_metric());
    }

    fn hint(&self, error: &Error, live: &RouteLive) -> Option<String> {
        let unreachable = [Errno::NETUNREACH, Errno::HOSTUNREACH].into_iter().any(|errno| error.is(errno));
        match (self.gateway, &self.device) {
            (Some(gateway), _) if unreachable => Some(format!(
                "the gateway {gateway} must be in a network that this node is connected to; it has {}",
                failure::networks()
            )),
            (None, None) => Some("give a gateway or a device".to_owned()),
            (_, Some(name)) if error.is(Errno::NETDOWN) => Some(format!("{name} is down: bring it up first")),
            _ if self.destination != self.destination.trunc() => {
                Some(format!("a network has no host bits: {}", self.destination.trunc()))
            }
            _ if live.routes.len() > 1 => {
                Some("there are several routes with this destination and metric: remove all but one".to_owned())
            }
            _ => None,
        }
    }
}

impl RouteLive {
    fn index(&self, name: &str) -> Option<u32> {
        self.devices.iter().find(|device| device.name == name).map(|device| device.index)
    }

    fn name(&self, index: u32) -> Option<String> {
        self.devices.iter().find(|device| device.index == index).map(|device| device.name.clone())
    }

    fn words(&self, route: &LiveRoute) -> String {
        let plain = words(
            route.gateway,
            route.device.map(|index| self.name(index).unwrap_or_else(|| format!("number {index}"))),
            // The kernel chooses one for routes of a network that it is in itself.
            None,
            route.advmss,
        );
        match (route.special, route.kind) {
            (false, _) => plain,
            (true, RTN_UNICAST) => "several next hops".to_owned(),
            (true, kind) => format!("type {kind} {plain}"),
        }
    }
}

fn words(gateway: Option<IpAddr>, device: Option<String>, source: Option<IpAddr>, advmss: Option<u32>) -> String {
    let parts = [
        gateway.map(|gateway| format!("via {gateway}")),
        device.map(|device| format!("dev {device}")),
        source.map(|source| format!("src {source}")),
        advmss.map(|advmss| format!("advmss {advmss}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn octets<T>(address: IpAddr, with: impl FnOnce(&[u8]) -> T) -> T {
    match address {
        IpAddr::V4(address) => with(&address.octets()),
        IpAddr::V6(address) => with(&address.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_via(gateway: &str) -> Route {
        Route {
            destination: "0.0.0.0/0".parse().unwrap(),
            gateway: Some(gateway.parse().unwrap()),
            device: None,
            source: None,
            advmss: None,
            metric: None,
            state: Presence::Present,
        }
    }

    fn live(gateways: &[&str]) -> RouteLive {
        RouteLive {
            devices: vec![Device { index: 2, name: "eth0".to_owned(), ..Device::default() }],
            routes: gateways
                .iter()
                .map(|gateway| LiveRoute {
                    destination: "0.0.0.0/0".parse().unwrap(),
                    gateway: Some(gateway.parse().unwrap()),
                    device: Some(2),
                    metric: 0,
                    source: None,
                    advmss: None,
                    table: 254,
                    kind: RTN_UNICAST,
                    special: false,
                })
                .collect(),
        }
    }

    fn shown(changes: &[Change]) -> Vec<String> {
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_route_through_the_same_gateway_is_no_difference_whatever_its_device() {
        assert_eq!(default_via("192.168.0.254").diff(&live(&["192.168.0.254"])), []);
    }

    #[test]
    fn another_gateway_is_replaced_and_put_back() {
        let route = default_via("192.168.0.254");
        let live = live(&["192.168.0.1"]);
        assert_eq!(shown(&route.diff(&live)), ["~ route default: via 192.168.0.1 dev eth0 -> via 192.168.0.254"]);
        let before = Route { device: Some("eth0".to_owned()), ..default_via("192.168.0.1") };
        assert_eq!(route.undo(&live), [Resource::Route(before)]);
    }

    #[test]
    fn another_segment_is_a_difference_and_is_put_back() {
        let route = Route { advmss: Some(1440), ..default_via("192.168.0.254") };
        let before = live(&["192.168.0.254"]);
        let change = "~ route default: via 192.168.0.254 dev eth0 -> via 192.168.0.254 advmss 1440";
        assert_eq!(shown(&route.diff(&before)), [change]);
        let [Resource::Route(undo)] = &route.undo(&before)[..] else { panic!() };
        let mut after = before.clone();
        after.routes[0].advmss = Some(1440);
        assert_eq!((route.diff(&after).len(), undo.diff(&after).len(), undo.diff(&before).len()), (0, 1, 0));
    }

    #[test]
    fn only_the_route_through_the_given_gateway_is_removed() {
        let gone = Route { state: Presence::Absent, ..default_via("192.168.0.254") };
        assert_eq!(gone.diff(&live(&["192.168.0.1"])), []);
        let both = live(&["192.168.0.1", "192.168.0.254"]);
        assert_eq!(shown(&gone.diff(&both)), ["- route default: via 192.168.0.254 dev eth0"]);
        let any = Route { gateway: None, ..gone };
        assert_eq!(any.diff(&both).len(), 2);
    }

    #[test]
    fn a_route_to_a_missing_device_names_those_that_are_there() {
        let route = Route { device: Some("eth9".to_owned()), ..default_via("192.168.0.254") };
        let failure = route.apply(&live(&[]), &mut |_, _| {}).unwrap_err();
        assert_eq!(failure.hint.unwrap(), "this node has eth0");
    }
}
