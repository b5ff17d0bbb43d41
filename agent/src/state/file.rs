//! A file or folder on a node.

use serde::{Deserialize, Serialize};

use super::Bytes;

/// A file or folder: what should be in it, whose it is and who may use it.
///
/// Content is replaced atomically (write, fsync, rename, fsync of the folder). What was there before is kept below the
/// agent's state folder, so that a rollback can put it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Absolute path on the node.
    pub path: String,
    /// What should be at the path.
    pub kind: FileKind,
    /// Owner by name or number; `None` keeps the present owner (root for a new file).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Group by name or number; `None` keeps the present group (root for a new file).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Permission bits; `None` keeps the present ones (0644 for a new file, 0755 for a new folder).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// The content is a secret: it is neither shown in a diff nor written to a log.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

/// What should be at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file with this content.
    Content(Bytes),
    /// A regular file that must be there already; only owner, group and mode are set.
    Existing,
    /// A folder; missing parents are made.
    Directory,
    /// A symbolic link with this target.
    Symlink(String),
    /// Nothing. A folder is removed only when it is empty.
    Absent,
}
