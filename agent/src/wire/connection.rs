//! A connection that a director keeps.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::state::ServiceKey;

/// A connection, or a persistence template, that a director keeps (a line of `/proc/net/ip_vs_conn`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// `TCP`, `UDP`, `SCTP`; `IP` is a persistence template of a firewall mark.
    pub protocol: String,
    /// Client.
    pub client: SocketAddr,
    /// VIP and port.
    pub virtual_address: SocketAddr,
    /// Real server.
    pub server: SocketAddr,
    /// The kernel's name of the state, such as `ESTABLISHED`; `NONE` for a template.
    pub state: String,
    /// Seconds until it is forgotten.
    pub expires_seconds: u32,
    /// The persistence engine and what it goes by (for SIP, the Call-ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}

/// Which connections are asked for; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionFilter {
    /// Of this service. Connections do not tell firewall marks, so that those of a mark's service are not found.
    pub service: Option<ServiceKey>,
    /// From this network.
    pub client: Option<IpNet>,
    /// To this real server.
    pub server: Option<ServerName>,
}

/// A real server, with its port or on any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerName {
    /// RIP.
    pub address: IpAddr,
    /// Port.
    pub port: Option<u16>,
}

impl ConnectionFilter {
    /// Whether it is asked for.
    pub fn picks(&self, connection: &Connection) -> bool {
        let of_service = self.service.is_none_or(|key| match key {
            ServiceKey::Fwmark { .. } => false,
            ServiceKey::Address { protocol, vip, port } => {
                connection.protocol.eq_ignore_ascii_case(&protocol.to_string())
                    && connection.virtual_address == SocketAddr::new(vip, port)
            }
        });
        of_service
            && self.client.is_none_or(|network| network.contains(&connection.client.ip()))
            && self.server.is_none_or(|name| {
                name.address == connection.server.ip() && name.port.is_none_or(|port| port == connection.server.port())
            })
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, client, virtual_address, server, state, expires_seconds, engine } = self;
        write!(f, "{protocol:<5} {expires_seconds:>7} {state:<12} {client} -> {virtual_address} -> {server}")?;
        match engine {
            Some(engine) => write!(f, " ({})", engine.escape_debug()),
            None => Ok(()),
        }
    }
}
