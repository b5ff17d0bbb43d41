//! What is at a path now.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
};

use crate::{
    node::{Accounts, Attributes, Database, Node},
    state::{File, FileKind},
    wire::Failure,
};

/// Largest file whose content is read: it travels in diffs, backups and undo.
const MAX_CONTENT: u64 = 16 << 20;

/// What is at a path now, and what the accounts that should own it are.
#[derive(Debug)]
pub(crate) struct LiveFile {
    pub(super) what: What,
    pub(super) attributes: Attributes,
    /// Owner and group for people.
    pub(super) owner: String,
    pub(super) group: String,
    /// The numbers of the wanted owner and group, where they are asked for and known.
    pub(super) wanted_uid: Option<u32>,
    pub(super) wanted_gid: Option<u32>,
    /// The folders above that are not there, the outermost first.
    pub(super) missing_parents: Vec<String>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Nothing,
    /// A regular file; its content is empty where only owner and mode are asked for.
    Regular(Vec<u8>),
    Folder {
        is_empty: bool,
    },
    Symlink(String),
}

impl LiveFile {
    pub(super) fn read(node: &Node, file: &File) -> Result<Self, Failure> {
        let path = node.root.resolve(&file.path)?;
        let failed = |came_back: &dyn std::fmt::Display| Failure::new(format!("look at {}", file.path), came_back);
        if file.mode.is_some_and(|mode| mode > 0o7777) {
            return Err(failed(&format!("{:o} is no mode", file.mode.unwrap_or_default())));
        }
        if path.file_name().is_none() || (file.path.ends_with('/') && file.kind != FileKind::Directory) {
            return Err(failed(&"the path has no file name"));
        }
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&error)),
        };
        let what = match &metadata {
            None => What::Nothing,
            Some(metadata) => what_is_there(&path, metadata, file).map_err(|came_back| {
                failed(&came_back).with_hint(format!("see what {} is for, and take it away if nothing", file.path))
            })?,
        };
        let users = Accounts::read(&node.root, Database::Users);
        let groups = Accounts::read(&node.root, Database::Groups);
        let attributes = metadata.as_ref().map_or(Attributes::own(0), Attributes::of);
        Ok(Self {
            what,
            attributes,
            owner: users.name(attributes.uid),
            group: groups.name(attributes.gid),
            wanted_uid: file.owner.as_ref().and_then(|owner| users.id(owner)),
            wanted_gid: file.group.as_ref().and_then(|group| groups.id(group)),
            missing_parents: missing_parents(node, &file.path)?,
        })
    }
}

/// What is at a path, where it is of a kind that may be brought to the wanted state; else what is wrong.
fn what_is_there(path: &Path, metadata: &Metadata, file: &File) -> Result<What, String> {
    let kind = metadata.file_type();
    let wanted = match &file.kind {
        FileKind::Content(_) | FileKind::Existing => "a file",
        FileKind::Directory => "a folder",
        FileKind::Symlink(_) => "a symbolic link",
        FileKind::Absent => "nothing",
    };
    match &file.kind {
        FileKind::Content(_) | FileKind::Absent if kind.is_file() => {
            if metadata.len() > MAX_CONTENT {
                return Err(format!("the file has {} bytes, too many to keep a backup", metadata.len()));
            }
            fs::read(path).map(What::Regular).map_err(|error| error.to_string())
        }
        FileKind::Existing if kind.is_file() => Ok(What::Regular(Vec::new())),
        FileKind::Directory | FileKind::Absent if kind.is_dir() => {
            let mut entries = fs::read_dir(path).map_err(|error| error.to_string())?;
            Ok(What::Folder { is_empty: entries.next().is_none() })
        }
        FileKind::Symlink(_) | FileKind::Absent if kind.is_symlink() => {
            let target = fs::read_link(path).map_err(|error| error.to_string())?;
            target.into_os_string().into_string().map(What::Symlink).map_err(|_| "its target is not UTF-8".to_owned())
        }
        _ => {
            let is = if kind.is_file() {
                "a file"
            } else if kind.is_dir() {
                "a folder"
            } else if kind.is_symlink() {
                "a symbolic link"
            } else {
                "a device, pipe or socket"
            };
            Err(format!("it is {is}, and {wanted} is wanted there"))
        }
    }
}

/// The folders above a path that are not there, the outermost first, as the node names them.
fn missing_parents(node: &Node, path: &str) -> Result<Vec<String>, Failure> {
    let mut missing = Vec::new();
    for parent in Path::new(path).ancestors().skip(1) {
        let Some(parent) = parent.to_str() else { break };
        if node.root.resolve(parent)?.exists() {
            break;
        }
        missing.push(parent.to_owned());
    }
    missing.reverse();
    Ok(missing)
}
