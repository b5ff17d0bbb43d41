//! Which nodes are fit for what comes after them: the order that keeps a service up when a node fails.
//!
//! Two rules, for a node that failed or could not be reached in this run:
//!
//! * A real server that may not be ready is not sent to. A director that sends to it already goes on, with no higher
//!   weight than before; a director that does not is not given it.
//! * A director that may not be up to date may still send to real servers that leave; so may a host that has no part in
//!   the cluster any more, which may have been a director. Nothing is taken from a real server until every director is
//!   up to date, and the leftovers of every such host have gone.

use std::{collections::BTreeMap, net::IpAddr};

use lvs_agent::state::{IpvsTable, RealServer, VirtualService};

use crate::module::Stage;

/// How many hosts are named.
const NAMED: usize = 5;

/// How the hosts stand between two plays.
#[derive(Clone, Debug, Default)]
pub(super) struct Readiness {
    /// Hosts that may send to real servers to which nobody should: directors, and those that may have been directors, as
    /// far as they were not brought up to date. In the order of the inventory.
    pub(super) behind: Vec<String>,
    /// Hosts that failed or could not be reached, with the addresses under which directors send to them.
    pub(super) unready: BTreeMap<String, Vec<IpAddr>>,
}

impl Readiness {
    /// Why leftovers of a stage must stay, if they must.
    pub(super) fn holds_back(&self, stage: Stage) -> Option<String> {
        if stage != Stage::RealServer || self.behind.is_empty() {
            return None;
        }
        let mut behind = self.behind[..self.behind.len().min(NAMED)].join(", ");
        if self.behind.len() > NAMED {
            behind = format!("{behind} and {} more", self.behind.len() - NAMED);
        }
        Some(format!("held back: {behind} may still send here, and was not brought up to date in this run"))
    }

    /// Why a verification would say nothing, if it would not.
    pub(super) fn unfit_for_verification(&self) -> Option<String> {
        let unready: Vec<&str> = self.unready.keys().map(String::as_str).collect();
        match unready.as_slice() {
            [] => None,
            hosts => Some(format!("{} failed in this run; `lvsctl verify` can be run by itself", hosts.join(", "))),
        }
    }

    /// Whether a table sends to a host that may not be ready.
    pub(super) fn concerns(&self, table: &IpvsTable) -> bool {
        table
            .services
            .iter()
            .flat_map(|service| &service.real_servers)
            .any(|server| self.unready_host(server).is_some())
    }

    /// A table that sends to hosts that may not be ready only as far as the live one does, and a sentence on each.
    pub(super) fn guard(&self, table: &IpvsTable, live: &[VirtualService]) -> (IpvsTable, Vec<String>) {
        let (mut guarded, mut notes) = (table.clone(), Vec::new());
        for service in &mut guarded.services {
            let present = live.iter().find(|present| present.key == service.key);
            let key = service.key;
            service.real_servers.retain_mut(|server| {
                let Some(host) = self.unready_host(server) else { return true };
                let known = present
                    .into_iter()
                    .flat_map(|present| &present.real_servers)
                    .find(|known| (known.address, known.port) == (server.address, server.port));
                if let Some(known) = known {
                    let weight = known.weight.min(server.weight);
                    *server = RealServer { weight, ..known.clone() };
                    notes.push(format!("{key}: {host} is not ready; it stays as it is, with weight {}", weight.0));
                    true
                } else {
                    notes.push(format!("{key}: {host} is not ready; nothing is sent to it"));
                    false
                }
            });
        }
        (guarded, notes)
    }

    fn unready_host(&self, server: &RealServer) -> Option<&str> {
        let mut hosts = self.unready.iter();
        hosts.find(|(_, addresses)| addresses.contains(&server.address)).map(|(host, _)| host.as_str())
    }
}

#[cfg(test)]
mod tests {
    use lvs_agent::state::{Forwarding, Protocol, Scheduler, ServiceFlags, ServiceKey, Weight};

    use super::*;

    fn server(last: u8, weight: u16) -> RealServer {
        RealServer {
            address: IpAddr::from([192, 168, 0, last]),
            port: 80,
            forwarding: Forwarding::DirectRouting,
            weight: Weight(weight),
            upper_threshold: 0,
            lower_threshold: 0,
        }
    }

    fn service(real_servers: Vec<RealServer>) -> VirtualService {
        VirtualService {
            key: ServiceKey::Address { protocol: Protocol::Tcp, vip: IpAddr::from([203, 0, 113, 168]), port: 80 },
            scheduler: Scheduler::WeightedRoundRobin,
            flags: ServiceFlags::default(),
            persistence: None,
            persistence_engine: None,
            real_servers,
        }
    }

    fn readiness() -> Readiness {
        Readiness {
            behind: vec!["lvs".to_owned()],
            unready: BTreeMap::from([("web2".to_owned(), vec![IpAddr::from([192, 168, 0, 2])])]),
        }
    }

    fn guard(live: Vec<RealServer>, weight: u16) -> (Vec<RealServer>, Vec<String>) {
        let table = IpvsTable::of(vec![service(vec![server(1, 1), server(2, weight)])], 0);
        assert!(readiness().concerns(&table));
        let (mut guarded, notes) = readiness().guard(&table, &[service(live)]);
        (guarded.services.remove(0).real_servers, notes)
    }

    #[test]
    fn a_real_server_that_is_not_ready_is_not_added() {
        let (servers, notes) = guard(vec![server(1, 1)], 1);
        assert_eq!(servers, [server(1, 1)]);
        assert_eq!(notes, ["tcp 203.0.113.168:80: web2 is not ready; nothing is sent to it"]);
    }

    #[test]
    fn a_real_server_that_is_sent_to_already_stays_but_gets_no_more() {
        assert_eq!(guard(vec![server(1, 1), server(2, 2)], 5).0, [server(1, 1), server(2, 2)]);
    }

    #[test]
    fn a_real_server_that_is_not_ready_can_still_be_quiesced() {
        assert_eq!(guard(vec![server(1, 1), server(2, 2)], 0).0, [server(1, 1), server(2, 0)]);
    }

    #[test]
    fn nothing_is_taken_from_real_servers_before_every_director_is_up_to_date() {
        let mut readiness = readiness();
        assert!(readiness.holds_back(Stage::RealServer).is_some_and(|reason| reason.contains("lvs may still send")));
        assert_eq!(readiness.holds_back(Stage::Director), None);
        readiness.behind = (1..8).map(|number| format!("lvs{number}")).collect();
        let reason = readiness.holds_back(Stage::RealServer).unwrap();
        assert!(reason.contains("lvs1, lvs2, lvs3, lvs4, lvs5 and 2 more may"), "{reason}");
        readiness.behind.clear();
        assert_eq!(readiness.holds_back(Stage::RealServer), None);
    }
}
