//! A condition to wait for.

use serde::{Deserialize, Serialize};

use super::Pattern;

/// Waits, with a deadline, until a TCP port or a file is as it should be (seen from the node). Never a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitFor {
    /// Name or address to connect to; for a VIP on a real server, the VIP itself, since that is what must answer.
    pub host: String,
    /// TCP port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Path of a file, where it is no port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How it should be.
    #[serde(default, skip_serializing_if = "WaitState::is_default")]
    pub state: WaitState,
    /// What the file must have in it, or the port must say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Pattern>,
    /// Clients whose connections do not count for [`WaitState::Drained`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_hosts: Vec<String>,
    /// Seconds until it counts as failed.
    pub timeout_seconds: u64,
    /// Seconds before the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u64>,
    /// Seconds between looks; `None` begins with shorter ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleep_seconds: Option<u64>,
    /// Seconds for one attempt to connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_seconds: Option<u64>,
    /// What to say when it is too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitState {
    /// The port answers, the file is there.
    #[default]
    Started,
    /// The port does not answer, the file is not there.
    Stopped,
    /// The port has no connections.
    Drained,
}

impl WaitFor {
    /// Until a port answers.
    pub fn port(host: impl std::fmt::Display, port: u16, timeout_seconds: u64) -> Self {
        Self { port: Some(port), ..Self::time(format!("{host}"), timeout_seconds) }
    }

    /// For nothing but time.
    pub fn time(host: String, timeout_seconds: u64) -> Self {
        Self {
            host,
            port: None,
            path: None,
            state: WaitState::Started,
            search: None,
            exclude_hosts: Vec::new(),
            timeout_seconds,
            delay_seconds: None,
            sleep_seconds: None,
            connect_seconds: None,
            message: None,
        }
    }

    /// What is waited for, in words.
    pub fn subject(&self) -> String {
        match (&self.path, self.port) {
            (Some(path), _) => path.clone(),
            (None, Some(port)) if self.host.contains(':') => format!("[{}]:{port}", self.host),
            (None, Some(port)) => format!("{}:{port}", self.host),
            (None, None) => format!("{} s", self.timeout_seconds),
        }
    }
}

impl WaitState {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
