//! Answering questions that change nothing.

use std::{net::SocketAddr, time::Duration};

use crate::{
    ipvs, net,
    node::{Node, Ownership},
    probe::Probe,
    wire::{Answer, Failure, Lookup},
};

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
        Lookup::Ipvs => {
            let ownership = Ownership::load(&node.folder)?;
            ipvs::live_table(ownership.services()).map(Answer::Ipvs)
        }
        Lookup::Arp { address, device, listen_ms } => {
            net::arp::ask(*address, device.as_deref(), Duration::from_millis(*listen_ms)).map(Answer::Arp)
        }
    }
}
