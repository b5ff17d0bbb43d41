//! What verification found, for people and for programs.

use std::{collections::BTreeMap, fmt};

use lvs_agent::wire::ProbeResult;
use serde::Serialize;

use super::{ArpFinding, ArpQuestion, Share};
use crate::model::Service;

/// What verification found, for all services.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// A report for each service and client.
    pub services: Vec<ServiceReport>,
}

/// What verification found, for one service from one client.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceReport {
    /// Name of the service.
    pub service: String,
    /// Protocol, VIP and port.
    pub address: String,
    /// Forwarding method.
    pub forward: String,
    /// Scheduler.
    pub scheduler: String,
    /// Who asked.
    pub client: String,
    /// Connections made.
    pub sent: u32,
    /// Connections answered in full.
    pub answered: u32,
    /// Errors by their text, with their number.
    pub errors: BTreeMap<String, u32>,
    /// How the shares are known.
    pub evidence: Evidence,
    /// The share of each real server.
    pub shares: Vec<Share>,
    /// Who answers ARP for the VIP.
    pub arp: Vec<ArpFinding>,
    /// All that is wrong. Empty where the service is verified.
    pub problems: Vec<String>,
}

/// How the shares are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Every answer named the real server that gave it.
    Answers,
    /// The directors' counters; connections of others count as well.
    Counters,
    /// The answers do not name the real server that gave them, and no director was asked.
    Unknown,
    /// It was not asked: only services on one TCP port can be, from a host of the group `clients`.
    NotAsked,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.services.iter().all(|service| service.problems.is_empty())
    }
}

impl ServiceReport {
    pub(super) fn not_asked(service: &Service, client: &str) -> Self {
        Self::new(service, client, ProbeResult::default(), Evidence::NotAsked)
    }

    pub(super) fn asked(service: &Service, client: &str, probe: ProbeResult) -> Self {
        let mut report = Self::new(service, client, probe, Evidence::Unknown);
        if report.answered < report.sent {
            let lost = report.sent - report.answered;
            let why: Vec<_> = report.errors.iter().map(|(error, count)| format!("{error} ({count})")).collect();
            report.problems.push(format!("{lost} of {} requests were lost: {}", report.sent, why.join(", ")));
        }
        report
    }

    pub(super) fn judge(&mut self, evidence: Evidence, shares: Vec<Share>) {
        for share in shares.iter().filter(|share| !share.is_right()) {
            self.problems.push(format!(
                "{} got {} connections, and its weight asks for {:.0} (give or take {:.0})",
                share.host,
                share.seen,
                share.asked.unwrap_or_default(),
                share.allowance
            ));
        }
        self.evidence = evidence;
        self.shares = shares;
    }

    pub(super) fn add_arp(&mut self, findings: impl IntoIterator<Item = ArpFinding>) {
        for finding in findings {
            if let Some(problem) = &finding.problem {
                let ArpQuestion { device, asked_by } = &finding.question;
                self.problems.push(format!("ARP on {device} of {asked_by}: {problem}"));
            }
            self.arp.push(finding);
        }
    }

    /// The finding in one line, for a service that is as it should be.
    pub fn summary(&self) -> String {
        let Self { service, address, sent, answered, shares, .. } = self;
        if self.evidence == Evidence::NotAsked {
            return format!("{service} ({address}): not asked, only a service on one TCP port can be");
        }
        let shares: Vec<String> = shares.iter().map(|share| format!("{} {}", share.host, share.seen)).collect();
        let shares = if shares.is_empty() { String::new() } else { format!(": {}", shares.join(", ")) };
        format!("{service} ({address}): {answered} of {sent} requests answered{shares}")
    }

    fn new(service: &Service, client: &str, probe: ProbeResult, evidence: Evidence) -> Self {
        let ProbeResult { sent, answered, errors, .. } = probe;
        Self {
            service: service.name.clone(),
            address: service.key.to_string(),
            forward: service.forward.to_string(),
            scheduler: service.scheduler.to_string(),
            client: client.to_owned(),
            sent,
            answered,
            errors,
            evidence,
            shares: Vec::new(),
            arp: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl fmt::Display for ServiceReport {
    /// Some lines for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, address, forward, scheduler, client, sent, answered, .. } = self;
        writeln!(f, "{service}  {address}  {forward} {scheduler}, from {client}")?;
        if self.evidence == Evidence::NotAsked {
            writeln!(f, "  not asked: only a service on one TCP port can be")?;
        } else {
            writeln!(f, "  requests  {sent} sent, {answered} answered, {} lost", sent - answered)?;
            let source = if self.evidence == Evidence::Answers { "answers" } else { "directors' counters" };
            if self.evidence != Evidence::Unknown {
                writeln!(f, "  {:<16} {:>6}  {:>6}  {:>6}   by {source}", "real server", "weight", "asked", "seen")?;
            }
            for share in &self.shares {
                let asked = share.asked.map_or_else(|| "-".to_owned(), |asked| format!("{asked:.0}"));
                let verdict = if share.is_right() { "" } else { "  WRONG" };
                writeln!(f, "  {:<16} {:>6}  {asked:>6}  {:>6}{verdict}", share.host, share.weight, share.seen)?;
            }
        }
        for finding in &self.arp {
            let who: Vec<_> = finding
                .answered
                .iter()
                .map(|(mac, director)| match director {
                    Some(director) => format!("{director} ({mac})"),
                    None => mac.clone(),
                })
                .collect();
            let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
            let verdict = if finding.problem.is_some() { "  WRONG" } else { "" };
            writeln!(
                f,
                "  ARP on {} of {}: {who} answers{verdict}",
                finding.question.device, finding.question.asked_by
            )?;
        }
        for problem in &self.problems {
            writeln!(f, "  problem: {problem}")?;
        }
        write!(f, "  {}", if self.problems.is_empty() { "verified" } else { "NOT VERIFIED" })
    }
}
