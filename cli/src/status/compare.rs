//! A director's live table beside what the inventory says of it. Pure.

use lvs_agent::{
    state::{Forwarding, RealServer, ServiceKey, VirtualService},
    wire::{LiveRealServer, LiveService, LiveTable, RealServerStats},
};
use serde::Serialize;

use crate::model::{Cluster, Service};

/// A director's table beside the inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DirectorStatus {
    /// The director.
    pub director: String,
    /// Its services: those of the inventory first, then what else is in the kernel.
    pub services: Vec<ServiceStatus>,
    /// What lvsctl has no words for.
    pub unknown: Vec<String>,
}

/// A virtual service beside the inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceStatus {
    /// Name in the inventory, if it is there.
    pub name: Option<String>,
    /// What names it in the kernel, as text.
    pub address: String,
    /// Scheduler: live, else wanted.
    pub scheduler: String,
    /// How it stands to the inventory.
    pub standing: Standing,
    /// Its real servers.
    pub real_servers: Vec<Row>,
}

/// A real server beside the inventory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Host, where the inventory has one with this address in this service.
    pub host: Option<String>,
    /// RIP and port.
    pub address: String,
    /// Forwarding method: live, else wanted.
    pub forward: String,
    /// Weight: live, else wanted.
    pub weight: u16,
    /// Counters; zero where it is not live.
    pub stats: RealServerStats,
    /// How it stands to the inventory.
    pub standing: Standing,
}

/// How something live stands to the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As the inventory says.
    Same,
    /// In the inventory, and not in the kernel.
    Missing,
    /// In the kernel, and not in the inventory; lvsctl made it, so `apply` will take it away.
    Surplus,
    /// In the kernel, and neither in the inventory nor made by lvsctl, which leaves it alone.
    Foreign,
    /// Both, with differences, as text.
    Different(Vec<String>),
}

/// Compares a director's live table with the inventory.
pub fn compare(cluster: &Cluster, director: &str, live: &LiveTable) -> DirectorStatus {
    let is_here = |service: &&Service| service.directors.iter().any(|name| name == director);
    let find = |key: ServiceKey| live.services.iter().find(|live| live.service.key == key);
    let mut services: Vec<_> =
        cluster.services.iter().filter(is_here).map(|service| wanted(service, find(service.key))).collect();
    let is_wanted = |key| cluster.services.iter().filter(is_here).any(|service| service.key == key);
    services.extend(live.services.iter().filter(|live| !is_wanted(live.service.key)).map(unwanted));
    DirectorStatus { director: director.to_owned(), services, unknown: live.unknown.clone() }
}

fn wanted(service: &Service, live: Option<&LiveService>) -> ServiceStatus {
    let should = service.to_virtual_service();
    let standing = match live {
        None => Standing::Missing,
        Some(live) => {
            let mut differences = Vec::new();
            if live.service.scheduler != should.scheduler {
                differences.push(format!("inventory: {}", should.scheduler));
            }
            let kept = |of: &VirtualService| (of.persistence, of.persistence_engine.clone(), of.flags);
            if kept(&live.service) != kept(&should) {
                differences.push("persistence or flags differ".to_owned());
            }
            different(differences)
        }
    };
    let servers = live.map(|live| &live.real_servers[..]).unwrap_or_default();
    let same = |left: &RealServer, right: &RealServer| (left.address, left.port) == (right.address, right.port);
    let mut rows: Vec<Row> = service
        .real_servers
        .iter()
        .zip(&should.real_servers)
        .map(|(member, should)| {
            let live = servers.iter().find(|live| same(&live.server, should));
            let standing = live.map_or(Standing::Missing, |live| different(differences(&live.server, should)));
            row(Some(&member.host), live.map_or(should, |live| &live.server), live, standing)
        })
        .collect();
    for live in servers.iter().filter(|live| !should.real_servers.iter().any(|should| same(&live.server, should))) {
        rows.push(row(None, &live.server, Some(live), Standing::Surplus));
    }
    ServiceStatus {
        name: Some(service.name.clone()),
        address: service.key.to_string(),
        scheduler: live.map_or(should.scheduler, |live| live.service.scheduler).to_string(),
        standing,
        real_servers: rows,
    }
}

fn unwanted(live: &LiveService) -> ServiceStatus {
    let standing = if live.owned { Standing::Surplus } else { Standing::Foreign };
    ServiceStatus {
        name: None,
        address: live.service.key.to_string(),
        scheduler: live.service.scheduler.to_string(),
        standing: standing.clone(),
        real_servers: live
            .real_servers
            .iter()
            .map(|server| row(None, &server.server, Some(server), standing.clone()))
            .collect(),
    }
}

fn row(host: Option<&String>, server: &RealServer, live: Option<&LiveRealServer>, standing: Standing) -> Row {
    Row {
        host: host.cloned(),
        address: std::net::SocketAddr::new(server.address, server.port).to_string(),
        forward: server.forwarding.to_string(),
        weight: server.weight.0,
        stats: live.map(|live| live.stats).unwrap_or_default(),
        standing,
    }
}

fn differences(live: &RealServer, should: &RealServer) -> Vec<String> {
    let mut differences = Vec::new();
    if live.forwarding != should.forwarding {
        differences.push(match should.forwarding {
            Forwarding::Tunnel(kind) => format!("inventory: tun, {kind}"),
            other => format!("inventory: {other}"),
        });
    }
    if live.weight != should.weight {
        differences.push(format!("inventory: weight {}", should.weight));
    }
    if (live.upper_threshold, live.lower_threshold) != (should.upper_threshold, should.lower_threshold) {
        differences.push(format!("inventory: thresholds {} and {}", should.upper_threshold, should.lower_threshold));
    }
    differences
}

fn different(differences: Vec<String>) -> Standing {
    if differences.is_empty() { Standing::Same } else { Standing::Different(differences) }
}

impl DirectorStatus {
    /// Whether it is as the inventory says, foreign services aside.
    pub fn is_same(&self) -> bool {
        let fine = |standing: &Standing| matches!(standing, Standing::Same | Standing::Foreign);
        self.services
            .iter()
            .all(|service| fine(&service.standing) && service.real_servers.iter().all(|row| fine(&row.standing)))
    }
}
