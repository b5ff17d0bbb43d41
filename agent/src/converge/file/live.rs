//! What is at a path now.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::tree::{Entry, walk};
use crate::{
    node::{Accounts, Attributes, Database, Node},
    state::{File, FileKind},
    wire::Failure,
};

/// Largest file whose content is read: it travels in diffs, backups and undo.
pub(in crate::converge) const MAX_CONTENT: u64 = 16 << 20;

/// What is at a path now, and what the accounts that should own it are.
#[derive(Debug)]
pub(crate) struct LiveFile {
    /// The path as the node names it, once links are followed and a folder is gone into.
    pub(super) name: String,
    pub(in crate::converge) what: What,
    pub(super) attributes: Attributes,
    /// Bytes of a regular file.
    pub(super) size: u64,
    /// Whether it has other names.
    pub(super) is_hard_link: bool,
    /// The content of the file that is to be copied.
    pub(super) source: Option<Vec<u8>>,
    /// Whether it and the file it should be a hard link to are one.
    pub(super) is_linked: bool,
    /// Owner and group for people.
    pub(super) owner: String,
    pub(super) group: String,
    /// The numbers of the wanted owner and group, where they are asked for and known.
    pub(super) wanted_uid: Option<u32>,
    pub(super) wanted_gid: Option<u32>,
    /// The folders above that are not there, the outermost first.
    pub(super) missing_parents: Vec<String>,
    /// What is in the folder, where all of it is to be changed.
    pub(super) tree: Vec<Entry>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Nothing,
    /// A regular file; its content is empty where only owner and mode are asked for.
    Regular(Vec<u8>),
    /// A regular file that is too large to be kept, and is only to go.
    Large,
    Folder {
        is_empty: bool,
    },
    Symlink(String),
    /// A device, pipe or socket that is only to go.
    Special,
}

impl LiveFile {
    pub(super) fn read(node: &Node, file: &File) -> Result<Self, Failure> {
        let name = effective_name(node, file)?;
        let path = node.root.resolve(&name)?;
        let failed = |came_back: &dyn std::fmt::Display| Failure::new(format!("look at {name}"), came_back);
        if let Some(crate::state::Mode::Bits(bits @ 0o10_000..)) = file.mode {
            return Err(failed(&format!("{bits:o} is no mode")));
        }
        if path.file_name().is_none()
            || (file.path.ends_with('/') && file.handling.into_folder.is_none() && needs_a_name(&file.kind))
        {
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
                failed(&came_back).with_hint(format!("see what {name} is for, and take it away if nothing"))
            })?,
        };
        let users = Accounts::read(&node.root, Database::Users);
        let groups = Accounts::read(&node.root, Database::Groups);
        let attributes = metadata.as_ref().map_or(Attributes::own(0), Attributes::of);
        let is_folder = matches!(what, What::Folder { .. });
        Ok(Self {
            what,
            attributes,
            size: metadata.as_ref().map_or(0, Metadata::len),
            is_hard_link: metadata.as_ref().is_some_and(|metadata| metadata.is_file() && metadata.nlink() > 1),
            source: source(node, file)?,
            is_linked: is_linked(node, file, metadata.as_ref())?,
            owner: users.name(attributes.uid),
            group: groups.name(attributes.gid),
            wanted_uid: file.owner.as_ref().and_then(|owner| users.id(owner)),
            wanted_gid: file.group.as_ref().and_then(|group| groups.id(group)),
            missing_parents: missing_parents(node, &name)?,
            tree: if file.handling.recurse && is_folder && file.kind != FileKind::Absent {
                walk(&path, &name)?
            } else {
                Vec::new()
            },
            name,
        })
    }

    /// The content there should be, where it is content that is asked for.
    pub(super) fn wanted<'a>(&'a self, kind: &'a FileKind) -> Option<&'a [u8]> {
        match kind {
            FileKind::Content(content) => Some(&content.0),
            FileKind::CopyOf(_) => self.source.as_deref(),
            _ => None,
        }
    }
}

fn needs_a_name(kind: &FileKind) -> bool {
    !matches!(kind, FileKind::Directory | FileKind::Anything | FileKind::Absent)
}

/// The path that is meant: in a folder, at the end of links.
fn effective_name(node: &Node, file: &File) -> Result<String, Failure> {
    let handling = &file.handling;
    let mut name = match file.path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    };
    if let Some(own) = &handling.into_folder
        && (file.path.ends_with('/') || node.root.resolve(&name)?.is_dir())
    {
        if own.is_empty() || own.contains('/') || own == ".." {
            return Err(Failure::new(format!("write into {name}"), format!("{own:?} is no name of a file")));
        }
        name = format!("{}/{own}", name.trim_end_matches('/'));
    }
    if handling.follow { node.root.follow(&name) } else { Ok(name) }
}

fn source(node: &Node, file: &File) -> Result<Option<Vec<u8>>, Failure> {
    let FileKind::CopyOf(source) = &file.kind else { return Ok(None) };
    read_content(&node.root.resolve(source)?)
        .map(Some)
        .map_err(|came_back| Failure::new(format!("copy {source}"), came_back))
}

/// The content of a regular file that is not too large.
pub(in crate::converge) fn read_content(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if metadata.len() > MAX_CONTENT {
        return Err(format!("the file has {} bytes, and {MAX_CONTENT} are the most that is taken", metadata.len()));
    }
    fs::read(path).map_err(|error| error.to_string())
}

fn is_linked(node: &Node, file: &File, there: Option<&Metadata>) -> Result<bool, Failure> {
    let FileKind::HardLink(source) = &file.kind else { return Ok(false) };
    let metadata = fs::metadata(node.root.resolve(source)?)
        .map_err(|error| Failure::new(format!("link {} to {source}", file.path), error))?;
    Ok(there.is_some_and(|there| (there.dev(), there.ino()) == (metadata.dev(), metadata.ino())))
}

/// What is at a path, where it is of a kind that may be brought to the wanted state; else what is wrong.
fn what_is_there(path: &Path, metadata: &Metadata, file: &File) -> Result<What, String> {
    let kind = metadata.file_type();
    let gives_way = file.handling.replace;
    let goes = file.kind == FileKind::Absent;
    let (wanted, takes_file, takes_folder, takes_link) = match &file.kind {
        FileKind::Content(_) | FileKind::CopyOf(_) | FileKind::HardLink(_) => ("a file", true, false, gives_way),
        FileKind::Existing => ("a file", true, false, false),
        FileKind::Touched { .. } | FileKind::Anything => ("a file or folder", true, true, false),
        FileKind::Directory => ("a folder", gives_way, true, gives_way),
        FileKind::Symlink(_) => ("a symbolic link", gives_way, gives_way, true),
        FileKind::Absent => ("nothing", true, true, true),
    };
    let is_read = matches!(
        file.kind,
        FileKind::Content(_) | FileKind::CopyOf(_) | FileKind::Absent | FileKind::Symlink(_) | FileKind::Directory
    );
    if takes_file && kind.is_file() {
        if !is_read {
            return Ok(What::Regular(Vec::new()));
        }
        if metadata.len() > MAX_CONTENT {
            return if goes && file.handling.recurse {
                Ok(What::Large)
            } else {
                Err(format!("the file has {} bytes, too many to keep a backup", metadata.len()))
            };
        }
        return fs::read(path).map(What::Regular).map_err(|error| error.to_string());
    }
    if takes_folder && kind.is_dir() {
        let mut entries = fs::read_dir(path).map_err(|error| error.to_string())?;
        return Ok(What::Folder { is_empty: entries.next().is_none() });
    }
    if takes_link && kind.is_symlink() {
        let target = fs::read_link(path).map_err(|error| error.to_string())?;
        return target
            .into_os_string()
            .into_string()
            .map(What::Symlink)
            .map_err(|_| "its target is not UTF-8".to_owned());
    }
    let is = if kind.is_file() {
        "a file"
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else if goes && file.handling.recurse {
        return Ok(What::Special);
    } else {
        "a device, pipe or socket"
    };
    Err(format!("it is {is}, and {wanted} is wanted there"))
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

impl LiveFile {
    /// Where it is.
    pub(super) fn path(&self, node: &Node) -> Result<PathBuf, Failure> {
        node.root.resolve(&self.name)
    }
}
