//! What comes to a node by other ways than the conversation: downloads, requests; and archives.

use serde::{Deserialize, Serialize};

use super::{Bytes, Checksum, Mode};

/// A request over HTTP, by the node's own curl(1): it has the node's ways, proxies and certificates, and TLS stays out
/// of the agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpRequest {
    /// `http://` or `https://`.
    pub url: String,
    /// `GET`, …
    pub method: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Name and password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<(String, String)>,
    /// Redirections are followed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
    /// Certificates are not looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Seconds until it counts as failed.
    pub timeout_seconds: u64,
}

/// A request whose answer is returned (Ansible's `uri`). Never a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uri {
    /// The request.
    pub request: HttpRequest,
    /// The status codes that count as success.
    pub status: Vec<u16>,
    /// The answer is returned, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content: bool,
}

/// A file from elsewhere (Ansible's `get_url`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// The request.
    pub request: HttpRequest,
    /// Where it goes; in a folder under the last part of the URL.
    pub dest: String,
    /// What its checksum must be. A file that has it is not loaded again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<(Checksum, String)>,
    /// It is loaded even if there is a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// Owner by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Group by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Permission bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// As in [`super::Handling::backup`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backup: bool,
}

/// What is in an archive, in a folder (Ansible's `unarchive`), by the node's tar(1) or unzip(1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// The archive.
    pub source: ArchiveSource,
    /// The folder.
    pub dest: String,
    /// Nothing is done when this path exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates: Option<String>,
    /// Only these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// All but these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// More for tar or unzip.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Owner by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Group by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What is in it is returned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lists: bool,
}

/// Where an archive is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveSource {
    /// Here.
    Content(Bytes),
    /// On the node.
    Path(String),
}
