//! A service of the node's init system (not to be mixed up with a virtual service of IPVS).

use serde::{Deserialize, Serialize};

/// A service of the node's init system, such as `nginx`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemService {
    /// The name as the init system knows it, without a suffix.
    pub name: String,
    /// What it should be doing now; `None` leaves that alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunState>,
    /// Whether it should start at boot; `None` leaves that alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether it cannot be started at all (systemd's `mask`); `None` leaves that alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<bool>,
}

/// What a service should be doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Running.
    Started,
    /// Not running.
    Stopped,
    /// Restarted now; always a change. For handlers.
    Restarted,
    /// Reloaded now (started if it was not running); always a change. For handlers.
    Reloaded,
}
