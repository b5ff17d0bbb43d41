//! A file or folder on a node.

use serde::{Deserialize, Serialize};

use super::{Bytes, Mode};

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
    pub mode: Option<Mode>,
    /// The content is a secret: it is neither shown in a diff nor written to a log.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// What else is to be minded.
    #[serde(default, skip_serializing_if = "Handling::is_default")]
    pub handling: Handling,
}

/// What should be at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file with this content.
    Content(Bytes),
    /// A regular file with the content of another file of the node.
    CopyOf(String),
    /// A regular file that must be there already; only owner, group and mode are set.
    Existing,
    /// A regular file or folder that must be there already; only owner, group and mode are set.
    Anything,
    /// A regular file, whatever is in it; its times are set to now, always a change, unless they are to stay.
    Touched {
        /// Leave the times of a file that is there.
        keep_times: bool,
    },
    /// A folder; missing parents are made.
    Directory,
    /// A symbolic link with this target.
    Symlink(String),
    /// Another name of this file.
    HardLink(String),
    /// Nothing. A folder is removed only when it is empty, unless [`Handling::recurse`] says otherwise.
    Absent,
}

/// How a file is put in place. The default is strict: links are not followed and nothing of another kind gives way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of Ansible's, and they are independent")]
pub struct Handling {
    /// A symbolic link at the path is followed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follow: bool,
    /// A link or file of another kind, or an empty folder, gives way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
    /// What is there already stays as it is, but for owner and mode.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
    /// Owner, group and mode also of everything in a folder; or the folder goes with everything in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recurse: bool,
    /// A copy of what was there is left beside it, as Ansible names it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backup: bool,
    /// Missing folders above it are made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub make_parents: bool,
    /// A path that is a folder means the file of this name in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into_folder: Option<String>,
    /// Program and arguments that must approve of the new content: `%s` stands for a file that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validate: Option<Vec<String>>,
}

impl File {
    /// A file of nobody in particular.
    pub fn new(path: impl Into<String>, kind: FileKind) -> Self {
        let handling = Handling::default();
        Self { path: path.into(), kind, owner: None, group: None, mode: None, sensitive: false, handling }
    }
}

impl Handling {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
