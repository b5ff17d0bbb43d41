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
