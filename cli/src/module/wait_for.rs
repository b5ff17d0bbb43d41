//! `wait_for`: waits until a TCP port answers, seen from the node.

use std::net::{IpAddr, Ipv4Addr};

use lvs_agent::state::{self, Resource};

use super::arguments::Arguments;

/// Seconds where none are given; Ansible's.
const DEFAULT_TIMEOUT: u64 = 300;

/// The arguments of `wait_for`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitFor(state::WaitFor);

impl WaitFor {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let host = from.optional(&["host"], |node| match node.to_text()?.as_str() {
            "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            _ => node.parse("an IP address"),
        });
        let port = from.required(&["port"], |node| match node.as_number("a port from 1 to 65535")? {
            0 => Err(node.wrong_value("0 is not a port from 1 to 65535")),
            port => Ok(port),
        });
        let timeout = from.optional(&["timeout"], |node| node.as_number("a number of seconds"));
        from.choice(&["state"], &[("started", ()), ("present", ())]);
        Self(state::WaitFor {
            host: host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port,
            timeout_seconds: timeout.unwrap_or(DEFAULT_TIMEOUT),
        })
    }

    pub(super) fn resource(self) -> Resource {
        Resource::WaitFor(self.0)
    }
}
