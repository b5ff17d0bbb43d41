//! Who answers ARP for a VIP.
//!
//! The classic mistake of direct routing and tunnelling is a real server that answers ARP for the VIP it holds: the
//! client's router then sends straight to it, past the director. It is asked for on the client's link, where only the
//! director may answer, and on the directors' links to the real servers, where nobody may.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use lvs_agent::wire::{Answer, ArpAnswer, InterfaceFacts, Lookup};
use serde::Serialize;

use super::Error;
use crate::{
    model::Service,
    session::{Fleet, Session},
};

/// How long answers are listened for, in milliseconds. On one link they come within one or two.
const LISTEN_MS: u64 = 300;

/// A question for the owner of a VIP, asked on one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArpQuestion {
    /// The host that asked.
    pub asked_by: String,
    /// The device it asked on.
    pub device: String,
}

/// Who answered, and whether they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArpFinding {
    /// The question.
    pub question: ArpQuestion,
    /// MAC addresses that answered, each with the director it belongs to, if to any.
    pub answered: Vec<(String, Option<String>)>,
    /// What is wrong about that.
    pub problem: Option<String>,
}

/// The MAC addresses of a cluster's directors, each with its director.
#[derive(Clone, Debug, Default)]
pub struct DirectorMacs(Vec<(String, String)>);

impl DirectorMacs {
    /// Takes a director's devices, as its agent tells of them.
    pub fn add(&mut self, director: &str, interfaces: &[InterfaceFacts]) {
        let macs = interfaces.iter().filter_map(|interface| interface.mac.clone());
        self.0.extend(macs.map(|mac| (mac, director.to_owned())));
    }
}

/// Asks on the client's link, where only a director may answer. Nothing where the VIP is not on a link of the client's.
pub(super) async fn ask_from_client(
    vip: Ipv4Addr,
    client: &str,
    directors: &DirectorMacs,
    session: &mut Session,
) -> Result<Option<ArpFinding>, Error> {
    let Some(device) = device_towards(&session.facts().interfaces, vip.into()) else { return Ok(None) };
    let answers = ask_on(client, &device, vip, session).await?;
    Ok(Some(judge_client(ArpQuestion { asked_by: client.to_owned(), device }, &answers, &directors.0)))
}

/// Asks on the directors' links to the real servers, where nobody but a director may answer.
pub(super) async fn ask_from_directors(
    service: &Service,
    vip: Ipv4Addr,
    directors: &DirectorMacs,
    fleet: &mut Fleet,
) -> Result<Vec<ArpFinding>, Error> {
    let mut findings = Vec::new();
    for director in &service.directors {
        let Some(session) = fleet.get(director) else { continue };
        for device in devices_towards_real_servers(service, &session.facts().interfaces) {
            let answers = ask_on(director, &device, vip, session).await?;
            let question = ArpQuestion { asked_by: director.clone(), device };
            findings.push(judge_real_servers(question, &answers, &directors.0));
        }
    }
    Ok(findings)
}

async fn ask_on(host: &str, device: &str, vip: Ipv4Addr, session: &mut Session) -> Result<Vec<ArpAnswer>, Error> {
    let lookup = Lookup::Arp { address: vip, device: Some(device.to_owned()), listen_ms: LISTEN_MS };
    let answer = session.lookup(lookup).await.map_err(|source| Error::new(host, "ask for the VIP by ARP", source))?;
    match answer {
        Answer::Arp(answers) => Ok(answers),
        _ => Err(Error::not_an_answer(host)),
    }
}

fn owner(mac: &str, directors: &[(String, String)]) -> Option<String> {
    directors.iter().find(|(own, _)| own == mac).map(|(_, director)| director.clone())
}

fn judge_client(question: ArpQuestion, answers: &[ArpAnswer], directors: &[(String, String)]) -> ArpFinding {
    let answered: Vec<_> = answers.iter().map(|answer| (answer.mac.clone(), owner(&answer.mac, directors))).collect();
    let strangers: Vec<_> = answered.iter().filter(|(_, director)| director.is_none()).map(|(mac, _)| &**mac).collect();
    let problem = if answered.is_empty() {
        Some("nobody answers for the VIP: no director holds it".to_owned())
    } else if directors.is_empty() {
        Some(
            "no director could be asked for its MAC addresses, so nobody knows whether the right one answers"
                .to_owned(),
        )
    } else if !strangers.is_empty() {
        Some(format!("{} is no director: it takes connections past the director", strangers.join(", ")))
    } else if answered.len() > 1 {
        Some("more than one answers: connections go now to the one, now to the other".to_owned())
    } else {
        None
    };
    ArpFinding { question, answered, problem }
}

fn judge_real_servers(question: ArpQuestion, answers: &[ArpAnswer], directors: &[(String, String)]) -> ArpFinding {
    let answered: Vec<_> = answers.iter().map(|answer| (answer.mac.clone(), owner(&answer.mac, directors))).collect();
    let strangers: Vec<_> = answered.iter().filter(|(_, director)| director.is_none()).map(|(mac, _)| &**mac).collect();
    let problem = (!strangers.is_empty()).then(|| {
        format!(
            "{} answers for the VIP on the real servers' link: its arp_ignore is not in force",
            strangers.join(", ")
        )
    });
    ArpFinding { question, answered, problem }
}

/// The device whose network has the address, as the node itself sees it. A VIP's own /32 is no network.
fn device_towards(interfaces: &[InterfaceFacts], address: IpAddr) -> Option<String> {
    let has = |network: &IpNet| network.prefix_len() < network.max_prefix_len() && network.contains(&address);
    interfaces.iter().find(|interface| interface.addresses.iter().any(has)).map(|interface| interface.name.clone())
}

fn devices_towards_real_servers(service: &Service, interfaces: &[InterfaceFacts]) -> Vec<String> {
    let mut devices: Vec<_> =
        service.real_servers.iter().filter_map(|member| device_towards(interfaces, member.address)).collect();
    devices.sort();
    devices.dedup();
    devices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(macs: &[&str]) -> Option<String> {
        let answers: Vec<_> =
            macs.iter().map(|&mac| ArpAnswer { mac: mac.to_owned(), count: 1, device: "eth0".to_owned() }).collect();
        let directors = [("02:00:00:00:00:01".to_owned(), "lvs".to_owned())];
        judge_client(ArpQuestion { asked_by: "client".to_owned(), device: "eth0".to_owned() }, &answers, &directors)
            .problem
    }

    #[test]
    fn only_the_director_may_answer_for_the_vip() {
        assert_eq!(judged(&["02:00:00:00:00:01"]), None);
        assert!(judged(&["02:00:00:00:00:01", "02:00:00:00:00:02"]).unwrap().contains("02:00:00:00:00:02"));
        assert!(judged(&[]).unwrap().contains("nobody"));
    }
}
