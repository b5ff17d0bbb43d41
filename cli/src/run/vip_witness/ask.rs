//! Asking a service once, by a client's agent or from this machine.

use std::{net::SocketAddr, time::Duration};

use lvs_agent::wire::{Answer, Lookup};
use tokio::{net::TcpStream, sync::OwnedMutexGuard};

use super::super::{Connection, crew::Line};

/// How long an answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(1);

/// What asking once came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Answered,
    Silent(String),
    /// Whoever was to ask could not.
    Unknown,
}

pub(super) async fn ask<C: Connection>(line: &mut OwnedMutexGuard<Line<C>>, endpoint: SocketAddr) -> Asked {
    let (address, port) = (endpoint.ip(), endpoint.port());
    let timeout_ms = u64::try_from(ANSWER.as_millis()).unwrap_or(1000);
    let lookup = Lookup::Probe { address, port, path: None, count: 1, timeout_ms };
    let Some(connection) = &mut line.connection else { return Asked::Unknown };
    match connection.lookup(lookup).await {
        Ok(Ok(Answer::Probe(probe))) if probe.answered > 0 => Asked::Answered,
        Ok(Ok(Answer::Probe(probe))) => {
            Asked::Silent(probe.errors.into_keys().next().unwrap_or_else(|| "no answer".to_owned()))
        }
        Ok(_) => Asked::Unknown,
        Err(_) => {
            line.connection = None;
            Asked::Unknown
        }
    }
}

pub(super) async fn from_here(endpoint: SocketAddr) -> Asked {
    match tokio::time::timeout(ANSWER, TcpStream::connect(endpoint)).await {
        Ok(Ok(_)) => Asked::Answered,
        Ok(Err(error)) => Asked::Silent(error.to_string()),
        Err(_) => Asked::Silent("timed out".to_owned()),
    }
}
