//! Answering questions that change nothing.

use std::{net::SocketAddr, time::Duration};

use crate::{
    net,
    node::Node,
    probe::Probe,
    wire::{Answer, Failure, Lookup},
};

/// Answers a question.
pub(super) fn answer(_node: &Node, lookup: &Lookup) -> Result<Answer, Failure> {
    match lookup {
        Lookup::Probe { address, port, path, count, timeout_ms } => Probe {
            address: SocketAddr::new(*address, *port),
            path: path.as_deref(),
            count: *count,
            timeout: Duration::from_millis(*timeout_ms),
        }
        .run()
        .map(Answer::Probe),
        Lookup::Ipvs => Err(Failure::new("read the IPVS table", "this agent has no netlink yet")),
        Lookup::Arp { address, device, listen_ms } => {
            net::arp::ask(*address, device.as_deref(), Duration::from_millis(*listen_ms)).map(Answer::Arp)
        }
    }
}
