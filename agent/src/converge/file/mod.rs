//! Files, folders and symbolic links.
//!
//! A symbolic link where a file or folder is wanted is an error: to write through it would change a file that was not
//! named, and to replace it would take away what somebody had set up.

mod live;
mod place;
mod show;

use std::path::Path;

pub(crate) use live::{LiveFile, What};

use super::{Converge, On};
use crate::{
    node::{Attributes, remove},
    state::{Bytes, File, FileKind, Resource},
    wire::{Change, Failure, Side, Stream},
};
use place::{make_folders, set_attributes, write};
use show::{link_side, mode, side, text_side};

impl Converge for On<'_, File> {
    type Live = LiveFile;

    fn query(&self) -> Result<LiveFile, Failure> {
        LiveFile::read(self.node, self.resource)
    }

    fn diff(&self, live: &LiveFile) -> Vec<Change> {
        let subject = match self.resource.kind {
            FileKind::Directory => format!("directory {}", self.resource.path),
            _ => format!("file {}", self.resource.path),
        };
        let placed = self.wanted_side(live).map(|after| Change {
            subject: subject.clone(),
            before: side(&live.what, self.resource.sensitive),
            after,
        });
        placed.into_iter().chain(self.attribute_changes(&subject, live)).collect()
    }

    fn apply(&self, live: &LiveFile, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let File { path: name, kind, .. } = self.resource;
        let path = self.node.root.resolve(name)?;
        let attributes = self.attributes(live)?;
        if let What::Regular(content) = &live.what
            && !matches!(kind, FileKind::Existing)
        {
            self.node.folder.back_up(&self.node.run, name, content)?;
        }
        match (kind, &live.what) {
            (FileKind::Absent, What::Nothing) => Ok(()),
            (FileKind::Absent, What::Folder { is_empty: false }) => {
                Err(Failure::new(format!("remove {name}"), "the folder is not empty")
                    .with_hint("lvsctl removes empty folders only: take away first what is in it"))
            }
            (FileKind::Absent, _) => remove(&path).map_err(|error| Failure::new(format!("remove {name}"), error)),
            (FileKind::Existing, What::Nothing) => {
                Err(Failure::new(format!("set owner and mode of {name}"), "there is no such file")
                    .with_hint("the step changes a file that another step or a package has to make first"))
            }
            (FileKind::Content(Bytes(content)), What::Regular(old)) if content == old => {
                set_attributes(name, &path, attributes)
            }
            (FileKind::Content(Bytes(content)), _) => write(name, &path, content, attributes),
            (FileKind::Directory, What::Nothing) => {
                make_folders(name, &live.missing_parents, &path).and_then(|()| set_attributes(name, &path, attributes))
            }
            (FileKind::Symlink(target), _) => place::link(name, &path, target, attributes),
            (FileKind::Existing | FileKind::Directory, _) => set_attributes(name, &path, attributes),
        }
    }

    fn undo(&self, live: &LiveFile) -> Vec<Resource> {
        let absent = |path: String| {
            let (kind, sensitive) = (FileKind::Absent, self.resource.sensitive);
            Resource::File(File { path, kind, owner: None, group: None, mode: None, sensitive })
        };
        let kind = match &live.what {
            What::Nothing if self.resource.kind == FileKind::Absent => return Vec::new(),
            What::Nothing => {
                // Folders made on the way go again, the innermost first, if nobody else has put something there.
                let is_folder = self.resource.kind == FileKind::Directory;
                let parents = live.missing_parents.iter().rev().filter(|_| is_folder).cloned();
                return std::iter::once(self.resource.path.clone()).chain(parents).map(absent).collect();
            }
            What::Regular(_) if self.resource.kind == FileKind::Existing => FileKind::Existing,
            What::Regular(content) => FileKind::Content(Bytes(content.clone())),
            What::Folder { .. } => FileKind::Directory,
            What::Symlink(target) => FileKind::Symlink(target.clone()),
        };
        let Attributes { uid, gid, mode } = live.attributes;
        vec![Resource::File(File {
            path: self.resource.path.clone(),
            mode: if matches!(kind, FileKind::Symlink(_)) { None } else { Some(mode) },
            kind,
            owner: Some(uid.to_string()),
            group: Some(gid.to_string()),
            sensitive: self.resource.sensitive,
        })]
    }
}

impl On<'_, File> {
    /// What should be there, where it is not.
    fn wanted_side(&self, live: &LiveFile) -> Option<Side> {
        match (&self.resource.kind, &live.what) {
            (FileKind::Absent, What::Nothing) => None,
            (FileKind::Absent, _) => Some(Side::Absent),
            (FileKind::Content(content), What::Regular(present)) if content.0 == *present => None,
            (FileKind::Content(content), _) => Some(text_side(&content.0, self.resource.sensitive)),
            (FileKind::Symlink(target), What::Symlink(present)) if target == present => None,
            (FileKind::Symlink(target), _) => Some(link_side(target)),
            (FileKind::Existing | FileKind::Directory, What::Nothing) => Some(Side::Present),
            (FileKind::Existing | FileKind::Directory, _) => None,
        }
    }

    fn attribute_changes(&self, subject: &str, live: &LiveFile) -> Vec<Change> {
        let File { kind, owner, group, .. } = self.resource;
        if *kind == FileKind::Absent {
            return Vec::new();
        }
        let is_new = live.what == What::Nothing;
        let present = live.attributes;
        let attribute = |name: &str, before: String, after: String| Change {
            subject: format!("{subject} {name}"),
            before: if is_new { Side::Absent } else { Side::Value(before) },
            after: Side::Value(after),
        };
        let owner = owner.as_ref().filter(|_| is_new || live.wanted_uid != Some(present.uid));
        let group = group.as_ref().filter(|_| is_new || live.wanted_gid != Some(present.gid));
        let bits = self.wanted_mode().filter(|bits| is_new || *bits != present.mode);
        [
            owner.map(|owner| attribute("owner", live.owner.clone(), owner.clone())),
            group.map(|group| attribute("group", live.group.clone(), group.clone())),
            bits.map(|bits| attribute("mode", mode(present.mode), mode(bits))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The mode asked for; a link has none of its own (chmod(2)).
    fn wanted_mode(&self) -> Option<u32> {
        self.resource.mode.filter(|_| !matches!(self.resource.kind, FileKind::Symlink(_)))
    }

    /// What owner, group and mode should be: what is asked for, else what they are, else a new file's.
    fn attributes(&self, live: &LiveFile) -> Result<Attributes, Failure> {
        let present = match live.what {
            What::Nothing if self.resource.kind == FileKind::Directory => Attributes::own(0o755),
            What::Nothing => Attributes::own(0o644),
            _ => live.attributes,
        };
        let unknown = |kind: &str, name: &str| {
            Failure::new(format!("set the {kind} of {}", self.resource.path), format!("this node has no {kind} {name}"))
                .with_hint(
                    "the package that makes the account must be installed first; an account that is not in /etc/passwd \
                     or /etc/group (LDAP) must be given by number",
                )
        };
        let uid = match &self.resource.owner {
            Some(owner) => live.wanted_uid.ok_or_else(|| unknown("user", owner))?,
            None => present.uid,
        };
        let gid = match &self.resource.group {
            Some(group) => live.wanted_gid.ok_or_else(|| unknown("group", group))?,
            None => present.gid,
        };
        Ok(Attributes { uid, gid, mode: self.wanted_mode().unwrap_or(present.mode) })
    }

    /// Whether it should be put back and the folder it was in has gone.
    pub(super) fn has_lost_its_folder(&self) -> bool {
        let is_gone = |path: &Path| path.parent().is_some_and(|parent| !parent.exists());
        !matches!(self.resource.kind, FileKind::Absent | FileKind::Directory)
            && self.node.root.resolve(&self.resource.path).is_ok_and(|path| is_gone(&path))
    }

    /// Whether it is a folder that is not empty, and so stays when it should go.
    pub(super) fn is_full_folder(&self) -> bool {
        let is_full = |path: &Path| path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        self.resource.kind == FileKind::Absent
            && self.node.root.resolve(&self.resource.path).is_ok_and(|path| !path.is_symlink() && is_full(&path))
    }
}

#[cfg(test)]
mod tests;
