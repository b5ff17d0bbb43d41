//! Answering questions that change nothing.

use std::{net::SocketAddr, time::Duration};

use crate::{
    facts, ipvs, net,
    node::{Journal, Node, Ownership},
    probe::Probe,
    wire::{Answer, ConnectionFilter, Failure, Lookup},
};

/// Longest time to listen for answers to ARP.
const MAX_LISTEN: Duration = Duration::from_mins(1);

/// Most connections that are told: an answer is one line, and a line has a longest length.
const MAX_CONNECTIONS: usize = 100_000;

/// Answers a question.
pub(super) fn answer(node: &Node, lookup: &Lookup) -> Result<Answer, Failure> {
    match lookup {
        Lookup::Probe { address, port, path, count, timeout_ms } => Probe {
            address: SocketAddr::new(*address, *port),
            path: path.as_deref(),
            count: *count,
            timeout: Duration::from_millis(*timeout_ms),
        }
        .run()
        .map(Answer::Probe),
        Lookup::Facts => facts::gather().map(|facts| Answer::Facts(Box::new(facts))),
        Lookup::Ipvs => {
            let ownership = Ownership::load(&node.folder)?;
            ipvs::live_table(ownership.services()).map(Answer::Ipvs)
        }
        Lookup::Services(keys) => ipvs::services(keys).map(Answer::Services),
        Lookup::History => Journal::history(&node.folder).map(Answer::History),
        Lookup::Connections { filter, limit } => connections(filter, *limit),
        Lookup::Arp { address, device, listen_ms } => {
            let listen = Duration::from_millis(*listen_ms);
            if listen > MAX_LISTEN {
                let tried = format!("ask who answers ARP for {address}");
                return Err(Failure::new(tried, format!("{listen_ms} ms to listen are more than a minute")));
            }
            net::arp::ask(*address, device.as_deref(), listen).map(Answer::Arp)
        }
    }
}

fn connections(filter: &ConnectionFilter, limit: usize) -> Result<Answer, Failure> {
    let (mut connections, mut more) = (Vec::new(), 0);
    for connection in ipvs::Connections::open()? {
        let connection = connection?;
        match filter.picks(&connection) {
            true if connections.len() < limit.min(MAX_CONNECTIONS) => connections.push(connection),
            true => more += 1,
            false => {}
        }
    }
    Ok(Answer::Connections { connections, more })
}
