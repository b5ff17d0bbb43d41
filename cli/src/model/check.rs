//! How `lvsctl verify` asks a virtual service whether it works.

use serde::Serialize;

/// How a virtual service is asked whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Path of an HTTP request; `None` connects and closes, for services that do not speak HTTP.
    pub path: Option<String>,
}

impl Default for Check {
    fn default() -> Self {
        Self { path: Some("/".to_owned()) }
    }
}
