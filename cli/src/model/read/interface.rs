//! An item of `lvs_interfaces`: a network device of a host with its addresses and routes.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::{
    model::{Mistakes, Placed},
    source::Diagnostic,
    yaml::{Fields, Node},
};

/// Longest name of a device (`IFNAMSIZ` without the closing zero).
const MAX_NAME: usize = 15;

/// A network device as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct InterfaceSpec {
    pub(crate) device: Placed<String>,
    pub(crate) addresses: Vec<Placed<IpNet>>,
    /// Default gateways, at most one of each family.
    pub(crate) gateways: Vec<Placed<IpAddr>>,
    /// Destination and next hop.
    pub(crate) routes: Vec<(IpNet, Placed<IpAddr>)>,
    pub(crate) mtu: Option<u32>,
    pub(crate) mss: Segment,
}

/// The largest TCP segment that is announced over the routes of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// One that tunnels of the host have room for.
    Fitting,
    /// What the device's MTU allows, whatever tunnels there are.
    OfDevice,
    /// As told.
    Is(u32),
}

impl InterfaceSpec {
    /// Reads an item.
    pub(super) fn read(node: &Node, mistakes: &mut Mistakes) -> Option<Self> {
        let mut fields = mistakes.take(Fields::new("interface", node))?;
        let device = mistakes
            .take(fields.required("device"))
            .and_then(|node| mistakes.take(device(node)).map(|name| Placed::new(name, &node.span)));
        let mut addresses = Vec::new();
        for node in fields.optional("addresses").map_or(&[][..], Node::as_list_or_one) {
            addresses.extend(mistakes.take(address(node)).map(|address| Placed::new(address, &node.span)));
        }
        let mut gateways = Vec::new();
        for node in fields.optional("gateway").map_or(&[][..], Node::as_list_or_one) {
            let gateway = node.parse("the address of a gateway").and_then(|gateway| on_link(gateway, node, &addresses));
            gateways.extend(mistakes.take(gateway).map(|gateway| Placed::new(gateway, &node.span)));
        }
        let mut routes = Vec::new();
        for node in fields.optional("routes").map_or(&[][..], Node::as_list_or_one) {
            routes.extend(mistakes.take(route(node, &addresses)));
        }
        let mtu = fields.optional("mtu").and_then(|node| mistakes.take(mtu(node)));
        let mss = fields.optional("mss").map_or(Some(Segment::Fitting), |node| mistakes.take(mss(node)));
        mistakes.take(fields.finish());
        Some(Self { device: device?, addresses, gateways, routes, mtu, mss: mss.unwrap_or(Segment::Fitting) })
    }

    /// The address whose network has `other` in it, too.
    pub(crate) fn towards(&self, other: IpAddr) -> Option<IpNet> {
        self.addresses.iter().map(|address| address.value).find(|address| address.contains(&other))
    }
}

fn device(node: &Node) -> Result<String, Diagnostic> {
    let name = node.to_text()?;
    if name.is_empty() || name.len() > MAX_NAME || name.contains(|c: char| c.is_whitespace() || c == '/' || c == ':') {
        return Err(node
            .wrong_value(format!("`{name}` cannot be the name of a device"))
            .hint(format!("at most {MAX_NAME} characters, without spaces, `/` and `:`")));
    }
    Ok(name)
}

fn address(node: &Node) -> Result<IpNet, Diagnostic> {
    let text = node.to_text().map_err(|_| node.wrong_type("an address with prefix"))?;
    let address: IpNet = text.trim().parse().map_err(|_| {
        let hint = if text.trim().parse::<IpAddr>().is_ok() {
            format!("add the length of the network's prefix: `{}/24`", text.trim())
        } else {
            "such as `192.0.2.1/24` or `2001:db8::1/64`".to_owned()
        };
        node.wrong_value(format!("`{text}` is not an address with prefix")).hint(hint)
    })?;
    let whole_network = match address {
        IpNet::V4(net) => net.prefix_len() < 31 && (net.addr() == net.network() || net.addr() == net.broadcast()),
        IpNet::V6(net) => net.addr().is_unspecified(),
    };
    if whole_network || address.addr().is_multicast() {
        return Err(node
            .wrong_value(format!("{address} is not the address of one machine"))
            .hint("such as `192.0.2.1/24`: the host's own address, with the prefix of its network"));
    }
    Ok(address)
}

/// The kernel refuses a next hop that it cannot reach on the link, in the middle of the roll-out.
fn on_link(gateway: IpAddr, node: &Node, addresses: &[Placed<IpNet>]) -> Result<IpAddr, Diagnostic> {
    let link_local = matches!(gateway, IpAddr::V6(gateway) if gateway.is_unicast_link_local());
    if link_local || addresses.iter().any(|address| address.value.contains(&gateway)) {
        return Ok(gateway);
    }
    let mut mistake = node.wrong_value(format!("{gateway} is in no network of this interface"));
    if let Some(address) = addresses.first() {
        mistake = mistake.also(&address.span, format!("the network {}", address.value.trunc()));
    }
    Err(mistake.hint("a gateway must be reachable without another gateway"))
}

fn route(node: &Node, addresses: &[Placed<IpNet>]) -> Result<(IpNet, Placed<IpAddr>), Diagnostic> {
    let mut fields = Fields::new("route", node)?;
    let (to, via) = (fields.required("to")?, fields.required("via")?);
    fields.finish()?;
    let gateway: IpAddr = on_link(via.parse("the address of a gateway")?, via, addresses)?;
    let destination = match (to.to_text()?.as_str(), gateway) {
        ("default", IpAddr::V4(_)) => IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)),
        ("default", IpAddr::V6(_)) => IpNet::V6(Ipv6Net::default()),
        _ => to.parse::<IpNet>("a network such as 198.51.100.0/24, or `default`")?,
    };
    if destination != destination.trunc() {
        let title = format!("{destination} is an address in a network, not a network");
        return Err(to.wrong_value(title).hint(format!("the network is `{}`", destination.trunc())));
    }
    if destination.addr().is_ipv4() != gateway.is_ipv4() {
        return Err(via.wrong_value(format!("{gateway} is not of the same family as {destination}")));
    }
    Ok((destination, Placed::new(gateway, &via.span)))
}

/// 68 is IPv4's least (RFC 791); the largest is a jumbo loopback's.
fn mtu(node: &Node) -> Result<u32, Diagnostic> {
    let mtu = node.as_number("an MTU from 68 to 65535")?;
    if (68..=65535).contains(&mtu) {
        Ok(mtu)
    } else {
        Err(node.wrong_value(format!("{mtu} cannot be an MTU")).hint("from 68 to 65535; Ethernet has 1500"))
    }
}

/// Linux takes none below 88 (`TCP_MIN_MSS`), and a route none above 65495 (`ip_metrics_convert`).
fn mss(node: &Node) -> Result<Segment, Diagnostic> {
    const WHAT: &str = "the size of a TCP segment, or `false`";
    match node.as_bool() {
        Ok(false) => return Ok(Segment::OfDevice),
        Ok(true) => {
            return Err(node
                .wrong_value("`mss: true` does not say how large")
                .hint("give a number, or leave it out: for tunnels lvsctl reckons it itself"));
        }
        Err(_) => {}
    }
    let mss = node.as_number(WHAT)?;
    if (88..=65495).contains(&mss) {
        Ok(Segment::Is(mss))
    } else {
        Err(node
            .wrong_value(format!("{mss} cannot be the size of a TCP segment"))
            .hint("from 88 to 65495; it is the MTU without 40 bytes, for IPv6 without 60"))
    }
}
