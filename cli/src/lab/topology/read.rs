//! A topology file becomes a [`Topology`], or the mistakes in it, each with its place.

use std::{net::Ipv4Addr, sync::Arc};

use clap::ValueEnum;
use ipnet::Ipv4Net;

use super::{Family, Network, Nic, Node, Range, Topology, ipv6};
use crate::{
    source::{Code, Diagnostic, Diagnostics, Source, did_you_mean},
    yaml::{self, Fields},
};

/// MiB of a node for which the file says nothing.
const MEMORY: u32 = 256;

/// Reads a topology. `nodes` is how many machines its range (`web[1:3]`) has, where the command line says so.
pub(crate) fn read(source: &Arc<Source>, nodes: Option<u8>) -> Result<Topology, Diagnostics> {
    let document = yaml::parse(source)?;
    let mut fields = Fields::new("topology", &document)?;
    let (network_list, node_list) = (fields.required("networks"), fields.required("nodes"));
    fields.finish()?;
    let (network_list, node_list) = (network_list?, node_list?);

    let mut topology = Topology { networks: Vec::new(), nodes: Vec::new() };
    let mut mistakes = Vec::new();
    for item in network_list.as_list()? {
        match network(item, &topology) {
            Ok(network) => topology.networks.push(network),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    // A mistake in a network would show again at every NIC in it.
    Diagnostics::check(std::mem::take(&mut mistakes))?;
    let mut ranges = 0;
    for item in node_list.as_list()? {
        match read_nodes(item, &topology, nodes, &mut ranges) {
            Ok(read) => topology.nodes.extend(read),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Diagnostics::check(mistakes)?;
    if topology.nodes.is_empty() {
        return Err(node_list.wrong_value("the topology has no nodes").into());
    }
    if nodes.is_some() && ranges != 1 {
        let title = format!("`--nodes` needs one range such as `web[1:3]`; the topology has {ranges}");
        return Err(node_list.wrong_value(title).into());
    }
    Ok(topology)
}

fn network(item: &yaml::Node, topology: &Topology) -> Result<Network, Diagnostic> {
    let mut fields = Fields::new("network", item)?;
    let (name, subnet, router) = (fields.required("name"), fields.required("subnet"), fields.required("router"));
    let (subnet6, router6) = (fields.optional("subnet6"), fields.optional("router6"));
    fields.finish()?;
    let (name, subnet_node, router_node) = (name?, subnet?, router?);

    // The name becomes the bridge's, which the kernel limits to IFNAMSIZ - 1.
    check_name(name, 15)?;
    let subnet: Ipv4Net = subnet_node.parse("an IPv4 network such as 192.168.0.0/24")?;
    if subnet.trunc() != subnet {
        return Err(subnet_node
            .wrong_value(format!("{subnet} has host bits set"))
            .hint(format!("write {}", subnet.trunc())));
    }
    let router: Ipv4Addr = router_node.parse("an IPv4 address")?;
    check_host(router_node, router, subnet)?;
    let (subnet6, router6) = ipv6::network(item, subnet6, router6, topology)?;
    let name = name.as_str()?.to_owned();
    for other in &topology.networks {
        if other.name == name {
            return Err(item.wrong_value(format!("a second network is called `{name}`")));
        }
        if other.subnet.contains(&subnet) || subnet.contains(&other.subnet) {
            return Err(subnet_node.wrong_value(format!("{subnet} overlaps `{}`, {}", other.name, other.subnet)));
        }
    }
    Ok(Network { name, subnet, router, subnet6, router6 })
}

fn read_nodes(
    item: &yaml::Node,
    topology: &Topology,
    count: Option<u8>,
    ranges: &mut usize,
) -> Result<Vec<Node>, Diagnostic> {
    let mut fields = Fields::new("node", item)?;
    let (name, nics) = (fields.required("name"), fields.required("nics"));
    let (memory, groups, services) =
        (fields.optional("memory"), fields.optional("groups"), fields.optional("services"));
    let family = fields.optional("family");
    fields.finish()?;
    let (name_node, nics_node) = (name?, nics?);

    let text = name_node.as_str()?;
    let mut range = Range::parse(text).ok_or_else(|| {
        Diagnostic::new(Code::BadRange, format!("`{text}` is not a range of names"), &name_node.span, "")
            .hint("write it as web[1:3]")
    })?;
    if range.is_range() {
        *ranges += 1;
        range = count.map_or(range.clone(), |count| range.resized(count));
    }
    let memory = memory.map_or(Ok(MEMORY), |node| node.as_number("a size in MiB"))?;
    if !(128..=65536).contains(&memory) {
        return Err(item.wrong_value(format!("{memory} MiB of memory: a node needs 128 to 65536")));
    }
    let family = family.map_or(Ok(Family::default()), |node| {
        let text = node.as_str()?;
        Family::from_str(text, false)
            .map_err(|_| node.wrong_value(format!("`{text}` is no family")).hint("one of debian, rpm, systemd"))
    })?;
    let words = |node: Option<&yaml::Node>| match node {
        None => Ok(Vec::new()),
        Some(node) => node.as_list()?.iter().map(|word| check_name(word, 32).map(str::to_owned)).collect(),
    };
    let (groups, services) = (words(groups)?, words(services)?);

    let mut nodes: Vec<Node> = Vec::new();
    for (offset, name) in range.names().into_iter().enumerate() {
        // With `.eth0` behind it the name becomes a tap device's: IFNAMSIZ again.
        check_word(name_node, &name, 10)?;
        if topology.node(&name).is_some() {
            return Err(name_node.wrong_value(format!("a second node is called `{name}`")));
        }
        let mut node =
            Node { name, family, memory, groups: groups.clone(), services: services.clone(), nics: Vec::new() };
        for nic in nics_node.as_list()? {
            let offset = u32::try_from(offset).expect("a range has at most 256 names");
            let read = read_nic(nic, topology, &node, offset)?;
            if let Some(other) = topology.nodes.iter().chain(&nodes).chain([&node]).find(|other| has(other, &read)) {
                let title = format!("an address of this NIC is already one of `{}`", other.name);
                return Err(nic.wrong_value(title));
            }
            node.nics.push(read);
        }
        if node.nics.is_empty() || node.nics.len() > 9 {
            return Err(nics_node.wrong_value("a node has one to nine NICs"));
        }
        nodes.push(node);
    }
    Ok(nodes)
}

fn has(node: &Node, nic: &Nic) -> bool {
    let is_same = |own: &Nic| own.address == nic.address || nic.address6.is_some() && own.address6 == nic.address6;
    node.nics.iter().any(is_same)
}

fn read_nic(item: &yaml::Node, topology: &Topology, node: &Node, offset: u32) -> Result<Nic, Diagnostic> {
    let mut fields = Fields::new("NIC", item)?;
    let (network, address, gateway) =
        (fields.required("network"), fields.required("address"), fields.optional("gateway"));
    let (address6, gateway6) = (fields.optional("address6"), fields.optional("gateway6"));
    fields.finish()?;
    let (network_node, address_node) = (network?, address?);

    let name = network_node.as_str()?;
    let network = topology.networks.iter().find(|network| network.name == name).ok_or_else(|| {
        let names = topology.networks.iter().map(|network| network.name.as_str());
        let mistake = network_node.wrong_value(format!("there is no network `{name}`"));
        match did_you_mean(name, names) {
            Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
            None => mistake,
        }
    })?;
    let first: Ipv4Addr = address_node.parse("an IPv4 address")?;
    let address = Ipv4Addr::from(u32::from(first).saturating_add(offset));
    check_host(address_node, address, network.subnet)?;
    if address == network.router {
        return Err(address_node.wrong_value(format!("{address} is the router's own address")));
    }
    let gateway = match gateway {
        None => None,
        Some(_) if node.nics.iter().any(|nic| nic.gateway.is_some()) => {
            return Err(item.wrong_value(format!("`{}` has a second default gateway", node.name)));
        }
        Some(place) => {
            let gateway = place.parse("an IPv4 address")?;
            check_host(place, gateway, network.subnet)?;
            Some(gateway)
        }
    };
    let prefix = network.subnet.prefix_len();
    let address = Ipv4Net::new(address, prefix).expect("the prefix is another network's");
    let (address6, gateway6) = ipv6::nic(item, address6, gateway6, network, node, offset)?;
    let device = format!("eth{}", node.nics.len());
    Ok(Nic { device, network: name.to_owned(), address, gateway, address6, gateway6 })
}

fn check_host(place: &yaml::Node, address: Ipv4Addr, subnet: Ipv4Net) -> Result<(), Diagnostic> {
    if !subnet.contains(&address) {
        return Err(place.wrong_value(format!("{address} is outside {subnet}")));
    }
    if address == subnet.network() || address == subnet.broadcast() {
        return Err(place.wrong_value(format!("{address} is the network or broadcast address of {subnet}")));
    }
    Ok(())
}

fn check_name(place: &yaml::Node, longest: usize) -> Result<&str, Diagnostic> {
    let name = place.as_str()?;
    check_word(place, name, longest).map(|()| name)
}

/// Names become devices, files, host names and words of a kernel command line.
fn check_word(place: &yaml::Node, name: &str, longest: usize) -> Result<(), Diagnostic> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if plain && name.len() <= longest {
        return Ok(());
    }
    Err(place
        .wrong_value(format!("`{name}` cannot be a name here"))
        .hint(format!("at most {longest} lower-case letters, digits and dashes, beginning with a letter")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::topology::DEFAULT;

    fn parse(text: &str, nodes: Option<u8>) -> Result<Topology, Diagnostics> {
        read(&Source::new("lab.yml", text), nodes)
    }

    fn mistake(from: &str, to: &str) -> String {
        assert!(DEFAULT.contains(from), "the default topology has no `{from}`");
        parse(&DEFAULT.replacen(from, to, 1), None).unwrap_err().render(false)
    }

    #[test]
    fn the_default_is_the_textbooks_cluster() {
        let topology = parse(DEFAULT, None).unwrap();
        let names: Vec<_> = topology.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["lvs", "web1", "web2", "web3", "client"]);
        let web3 = topology.node("web3").unwrap();
        assert_eq!(web3.nics[0].address.to_string(), "192.168.0.3/24");
        assert_eq!(web3.nics[1].address.to_string(), "198.51.100.113/24");
        assert_eq!(web3.nics[1].address6.unwrap().to_string(), "2001:db8:100::113/64");
        assert_eq!(web3.nics[0].gateway6.unwrap().to_string(), "fd4c:5653::250");
        assert_eq!(web3.nics[1].device, "eth1");
        assert_eq!(web3.nics[0].mac(), "02:4c:c0:a8:00:03");
        assert_eq!(web3.tap(&web3.nics[1]), "web3.eth1");
    }

    #[test]
    fn nodes_on_the_command_line_resize_the_range() {
        assert_eq!(parse(DEFAULT, Some(1)).unwrap().nodes.len(), 3);
        assert_eq!(parse(DEFAULT, Some(9)).unwrap().nodes.len(), 11);
    }

    #[test]
    fn a_mistake_is_shown_with_its_place() {
        let shown = mistake("network: remote,", "network: remotee,");
        assert!(shown.contains("there is no network `remotee`"), "{shown}");
        assert!(shown.contains("lab.yml:29:"), "{shown}");
        assert!(shown.contains("did you mean `remote`?"), "{shown}");
    }

    #[test]
    fn what_cannot_work_is_refused() {
        for (from, to, expected) in [
            ("gateway: 192.168.0.250", "gateway: 192.168.1.250", "192.168.1.250 is outside 192.168.0.0/24"),
            ("address: 192.168.0.1\n", "address: 192.168.0.249\n", "192.168.0.250 is the router's own address"),
            ("address: 192.168.0.1\n", "address: 192.168.0.254\n", "already one of `lvs`"),
            ("subnet: 198.51.100.0/24", "subnet: 192.0.0.0/2", "overlaps"),
            ("subnet: 198.51.100.0/24", "subnet: 198.51.100.7/24", "host bits"),
            ("name: client", "name: lvs", "a second node"),
            ("name: client", "name: Client", "cannot be a name"),
            ("name: client", "name: very-long-name", "cannot be a name"),
            ("web[1:3]", "web[3:1]", "not a range"),
            ("services:", "service:", "unknown key `service`"),
            ("groups: [web]", "family: suse", "`suse` is no family"),
            ("router6: 'fd4c:5653::250'", "router6: 'fd4c:5654::250'", "fd4c:5654::250 is outside fd4c:5653::/64"),
            (",    router6: 'fd4c:5653::250'", "", "`subnet6` and `router6` go together"),
            ("subnet6: 'fd4c:5653::/64'", "subnet6: 'fd4c:5653::1/64'", "host bits"),
            ("subnet6: '2001:db8:100::/64'", "subnet6: '2001:db8::/32'", "overlaps"),
            ("address6: fd4c:5653::1\n", "address6: fd4c:5653::254\n", "already one of `lvs`"),
            ("address6: fd4c:5653::1\n", "address6: fd4c:5653::24f\n", "the router's own address"),
            ("        address6: fd4c:5653::1\n", "", "`gateway6` needs an `address6`"),
            ("gateway6: fd4c:5653::250", "gateway6: 'fd4c:5653::'", "fd4c:5653:: is the address of the network"),
        ] {
            let shown = mistake(from, to);
            assert!(shown.contains(expected), "{from} -> {to}:\n{shown}");
        }
    }
}
