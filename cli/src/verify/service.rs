//! One virtual service, verified from one client.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use lvs_agent::{
    state::{Forwarding, Scheduler, Weight},
    wire::{Answer, Lookup, ProbeResult},
};

use super::{DirectorMacs, Evidence, Others, ServiceReport, Share, arp, counters, shares};
use crate::{
    model::Service,
    session::{self, Fleet, Session},
};

/// How long one connection may take, in milliseconds. A connection that is retried after a lost packet takes 1000.
const TIMEOUT_MS: u64 = 5_000;

/// A node could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{what} on {host}")]
pub struct Error {
    /// The node.
    pub host: String,
    /// What was tried.
    pub what: &'static str,
    /// What came back.
    pub source: session::Error,
}

impl Error {
    pub(super) fn new(host: &str, what: &'static str, source: session::Error) -> Self {
        Self { host: host.to_owned(), what, source }
    }

    pub(super) fn not_an_answer(host: &str) -> Self {
        let reason = "the answer is to another question".to_owned();
        Self::new(host, "look something up", session::Error::Garbled { reason, start: String::new() })
    }
}

/// How a service is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Connections.
    pub requests: u32,
    /// Path to ask for in place of the service's own.
    pub path: Option<String>,
    /// Who else may connect meanwhile.
    pub others: Others,
}

/// Verifies a service from a client, with the directors' help: connections, the share of each real server, and who
/// answers ARP on the client's link and on the real servers'.
pub async fn verify_service(
    service: &Service,
    client: &str,
    question: &Question,
    directors: &DirectorMacs,
    fleet: &mut Fleet,
) -> Result<ServiceReport, Error> {
    let before = counters::read(service, fleet).await?;
    let Some(session) = fleet.get(client) else { return Ok(ServiceReport::not_asked(service, client)) };
    let mut report = verify_from_client(service, client, question, directors, session).await?;
    if report.evidence == Evidence::Unknown {
        let after = counters::read(service, fleet).await?;
        report.judge(Evidence::Counters, judged(service, question.others, &by_counters(&before, &after)));
    }
    if service.forward != Forwarding::Nat {
        for vip in ipv4(service) {
            report.add_arp(arp::ask_from_directors(service, vip, directors, fleet).await?);
        }
    }
    Ok(report)
}

/// Verifies a service by what a client alone can see. Services that cannot be asked over TCP are reported as not asked.
pub async fn verify_from_client(
    service: &Service,
    client: &str,
    question: &Question,
    directors: &DirectorMacs,
    session: &mut Session,
) -> Result<ServiceReport, Error> {
    let mut report = match probe(service, client, question, session).await? {
        None => ServiceReport::not_asked(service, client),
        Some(probe) => {
            let seen = by_answers(service, &probe);
            let mut report = ServiceReport::asked(service, client, probe);
            if let Some(seen) = seen {
                report.judge(Evidence::Answers, judged(service, question.others, &seen));
            }
            report
        }
    };
    for vip in ipv4(service) {
        report.add_arp(arp::ask_from_client(vip, client, directors, session).await?);
    }
    Ok(report)
}

async fn probe(
    service: &Service,
    client: &str,
    question: &Question,
    session: &mut Session,
) -> Result<Option<ProbeResult>, Error> {
    let endpoints = service.endpoints();
    let Some(endpoint) = endpoints.first() else { return Ok(None) };
    let path = question.path.clone().or_else(|| service.check.path.clone());
    let (address, port) = (endpoint.ip(), endpoint.port());
    let lookup = Lookup::Probe { address, port, path, count: question.requests, timeout_ms: TIMEOUT_MS };
    let answer =
        session.lookup(lookup).await.map_err(|source| Error::new(client, "connect through the VIP", source))?;
    match answer {
        Answer::Probe(result) => Ok(Some(result)),
        _ => Err(Error::not_an_answer(client)),
    }
}

/// ARP is IPv4's.
fn ipv4(service: &Service) -> impl Iterator<Item = Ipv4Addr> {
    service.addresses().filter_map(|vip| if let IpAddr::V4(vip) = vip { Some(vip) } else { None })
}

fn judged(service: &Service, others: Others, seen: &BTreeMap<String, u32>) -> Vec<Share> {
    let servers: Vec<(String, Weight, u32)> = service
        .real_servers
        .iter()
        .map(|member| (member.host.clone(), member.weight, seen.get(&member.host).copied().unwrap_or(0)))
        .collect();
    // With persistence one client stays with one real server: its shares say nothing.
    let scheduler = if service.persistence.is_some() { Scheduler::SourceHashing } else { service.scheduler };
    shares(scheduler, others, &servers)
}

/// Who answered, where every answer is the name of a real server.
fn by_answers(service: &Service, probe: &ProbeResult) -> Option<BTreeMap<String, u32>> {
    let is_member = |name: &String| service.real_servers.iter().any(|member| member.host == *name);
    (!probe.answers.is_empty() && probe.answers.keys().all(is_member)).then(|| probe.answers.clone())
}

fn by_counters(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u32> {
    after
        .iter()
        .map(|(host, count)| {
            let grown = count.saturating_sub(before.get(host).copied().unwrap_or(0));
            (host.clone(), u32::try_from(grown).unwrap_or(u32::MAX))
        })
        .collect()
}
