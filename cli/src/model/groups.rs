//! Groups that follow from the model, for the `hosts:` of playbooks.

use super::{Cluster, Role};

/// The group whose hosts ask for what the cluster serves.
pub(super) const CLIENTS: &str = "clients";

/// Hosts by what they are in the cluster, in the order of the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// `lvs_directors`.
    pub directors: Vec<String>,
    /// `lvs_real_servers`.
    pub real_servers: Vec<String>,
    /// `lvs_clients`.
    pub clients: Vec<String>,
}

impl Groups {
    /// The groups with the names that playbooks know them by.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        [
            ("lvs_directors", &self.directors[..]),
            ("lvs_real_servers", &self.real_servers[..]),
            ("lvs_clients", &self.clients[..]),
        ]
        .into_iter()
    }
}

impl Cluster {
    /// The groups that follow from the model.
    pub fn groups(&self) -> Groups {
        let with = |role| {
            let has = |host: &&String| self.nodes[host.as_str()].roles.contains(&role);
            self.hosts.iter().filter(has).cloned().collect()
        };
        Groups { directors: with(Role::Director), real_servers: with(Role::RealServer), clients: with(Role::Client) }
    }
}

#[cfg(test)]
mod tests {
    use crate::{inventory::Inventory, model::Cluster, source::Source};

    #[test]
    fn a_host_is_in_the_groups_of_its_roles_in_the_order_of_the_inventory() {
        let text = "
all:
  vars:
    lvs_services:
      - { vip: 203.0.113.168, port: 80, forward: dr, real_servers: [{ host: web2 }, { host: web1 }] }
  children:
    web: { hosts: { web1: { lvs_rip: 192.168.0.1 }, web2: { lvs_rip: 192.168.0.2 }, web3: } }
    clients: { hosts: { client: } }
    directors:
      hosts:
        lvs: { lvs_interfaces: [{ device: eth0, addresses: [192.168.0.254/24] }], lvs_vip_device: eth0 }
";
        let cluster = Cluster::from_inventory(&Inventory::parse(&Source::new("hosts.yml", text)).unwrap()).unwrap();
        let groups = cluster.groups();
        assert_eq!(groups.directors, ["lvs"]);
        assert_eq!(groups.real_servers, ["web1", "web2"]);
        assert_eq!(groups.clients, ["client"]);
        assert!(cluster.nodes["web3"].resource_ids().is_empty());
        let ids: Vec<String> = cluster.nodes["web1"].resource_ids().iter().map(ToString::to_string).collect();
        assert!(ids.contains(&"address 203.0.113.168/32 dev lo".to_owned()), "{ids:?}");
    }
}
