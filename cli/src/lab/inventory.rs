//! The inventory of a lab: hosts, groups and interfaces, as for any other cluster. Services are not in it; they come
//! from a second inventory beside it (`-i LAB -i examples/dr`).

use std::path::Path;

use ipnet::IpNet;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Error,
    paths::{self, LabDir},
    ssh,
    topology::{Nic, Node, Topology},
};
use crate::yaml;

/// The file in the lab's folder.
pub(super) const FILE: &str = "inventory.yml";

/// Writes the inventory of a lab.
pub(super) fn write(lab: &LabDir, topology: &Topology) -> Result<(), Error> {
    let inventory = inventory(topology, &lab.file(ssh::CONFIG));
    let text = yaml::to_string(&inventory).map_err(|error| Error::Inventory(error.to_string()))?;
    paths::write(
        &lab.file(FILE),
        format!("# Written by `lvsctl lab up`, and written anew by the next one.\n{text}"),
        0o600,
    )
}

#[derive(Serialize)]
struct Interface<'a> {
    device: &'a str,
    addresses: Vec<IpNet>,
    /// One gateway, or a list of one of each family.
    #[serde(skip_serializing_if = "Value::is_null")]
    gateway: Value,
}

impl<'a> From<&'a Nic> for Interface<'a> {
    fn from(nic: &'a Nic) -> Self {
        let gateway = match nic.gateways().as_slice() {
            [] => Value::Null,
            [only] => json!(only),
            both => json!(both),
        };
        Self { device: &nic.device, addresses: nic.addresses(), gateway }
    }
}

fn inventory(topology: &Topology, ssh_config: &Path) -> Value {
    let hosts: Map<String, Value> = topology.nodes.iter().map(|node| (node.name.clone(), host(node))).collect();
    let mut groups: Map<String, Value> = Map::new();
    for node in &topology.nodes {
        for group in &node.groups {
            let entry = groups.entry(group.clone()).or_insert_with(|| json!({ "hosts": {} }));
            entry["hosts"][&node.name] = json!({});
        }
    }
    json!({
        "all": {
            "vars": { "lvs_ssh_config": ssh_config.to_string_lossy() },
            "hosts": hosts,
            "children": groups,
        }
    })
}

fn host(node: &Node) -> Value {
    let interfaces: Vec<Interface<'_>> = node.nics.iter().map(Interface::from).collect();
    json!({ "ansible_host": node.name, "lvs_interfaces": interfaces })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::topology::{self, DEFAULT},
        source::Source,
    };

    #[test]
    fn hosts_have_their_interfaces_and_groups_their_hosts() {
        let topology = topology::read(&Source::new("lab.yml", DEFAULT), None).unwrap();
        let inventory = inventory(&topology, Path::new("/s/ssh_config"));
        let all = &inventory["all"];
        assert_eq!(all["vars"]["lvs_ssh_config"], "/s/ssh_config");
        assert_eq!(all["hosts"]["lvs"]["ansible_host"], "lvs");
        assert_eq!(
            all["hosts"]["lvs"]["lvs_interfaces"],
            json!([
                { "device": "eth0", "addresses": ["192.168.0.254/24", "fd4c:5653::254/64"] },
                {
                    "device": "eth1",
                    "addresses": ["203.0.113.169/24", "2001:db8:113::169/64"],
                    "gateway": ["203.0.113.1", "2001:db8:113::1"],
                },
            ])
        );
        assert_eq!(all["children"]["web"]["hosts"], json!({ "web1": {}, "web2": {}, "web3": {} }));
        assert_eq!(all["children"]["directors"]["hosts"], json!({ "lvs": {} }));
    }
}
