//! Files, folders and symbolic links.
//!
//! A symbolic link where a file or folder is wanted is an error: to write through it would change a file that was not
//! named, and to replace it would take away what somebody had set up.

mod backup;
mod live;
mod place;
mod show;
mod tree;

use std::path::Path;

use serde_json::Value;

pub(super) use backup::back_up_beside;
pub(super) use live::read_content;
pub(crate) use live::{LiveFile, What};
pub(super) use place::{set_attributes, validate, write};
pub(super) use show::{attributes_into, text_side};

use super::{Converge, On};
use crate::{
    node::{Attributes, remove},
    state::{Bytes, Checksum, File, FileKind, Resource},
    wire::{Change, Failure, Side, Stream, Values},
};
use place::{link, link_hard, make_folders, touch};
use show::{link_side, mode, side};
use tree::Entry;

/// Most entries of a folder whose changes are shown one by one.
const SHOWN_ENTRIES: usize = 100;

impl Converge for On<'_, File> {
    type Live = LiveFile;

    fn query(&self) -> Result<LiveFile, Failure> {
        LiveFile::read(self.node, self.resource)
    }

    fn diff(&self, live: &LiveFile) -> Vec<Change> {
        let mut changes = self.verify(live);
        if self.resource.kind == (FileKind::Touched { keep_times: false }) && live.what != What::Nothing {
            let after = Side::Value("now".to_owned());
            changes.push(Change { subject: format!("{} times", self.subject(live)), before: Side::Present, after });
        }
        changes
    }

    /// As [`Self::diff`], but for the times of a file that is touched: they are always due, and done once they are set.
    fn verify(&self, live: &LiveFile) -> Vec<Change> {
        let subject = self.subject(live);
        let placed = self.wanted_side(live).map(|after| Change {
            subject: subject.clone(),
            before: side(&live.what, self.resource.sensitive),
            after,
        });
        placed.into_iter().chain(self.attribute_changes(&subject, live)).chain(self.tree_changes(live)).collect()
    }

    fn apply(&self, live: &LiveFile, _: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let File { kind, handling, .. } = self.resource;
        let name = &live.name;
        let path = live.path(self.node)?;
        let attributes = self.attributes(live)?;
        if let (What::Regular(content), Some(_)) = (&live.what, self.wanted_side(live))
            && !matches!(kind, FileKind::Existing | FileKind::Anything | FileKind::HardLink(_))
        {
            self.node.folder.back_up(&self.node.run, name, content)?;
            if handling.backup {
                back_up_beside(self.node, name, content, live.attributes)?;
            }
        }
        if handling.make_parents {
            make_folders(name, path.parent().unwrap_or(&path), live.missing_parents.len())?;
        }
        match (kind, &live.what) {
            (FileKind::Absent, What::Nothing) => Ok(()),
            (FileKind::Absent, What::Folder { is_empty: false }) if handling.recurse => {
                std::fs::remove_dir_all(&path).map_err(|error| Failure::new(format!("remove {name}"), error))
            }
            (FileKind::Absent, What::Folder { is_empty: false }) => {
                Err(Failure::new(format!("remove {name}"), "the folder is not empty")
                    .with_hint("lvsctl removes empty folders only: take away first what is in it"))
            }
            (FileKind::Absent, _) => remove(&path).map_err(|error| Failure::new(format!("remove {name}"), error)),
            (FileKind::Existing | FileKind::Anything, What::Nothing) => {
                Err(Failure::new(format!("set owner and mode of {name}"), "there is no such file")
                    .with_hint("the step changes a file that another step or a package has to make first"))
            }
            (FileKind::Content(_) | FileKind::CopyOf(_), _) => match self.wanted_content(live) {
                None => set_attributes(name, &path, attributes),
                Some(content) => {
                    if let Some(argv) = &handling.validate {
                        validate(self.node, name, content, argv)?;
                    }
                    write(name, &path, content, attributes)
                }
            },
            (FileKind::Touched { .. }, What::Nothing) => write(name, &path, &[], attributes),
            (FileKind::Touched { keep_times }, _) => {
                set_attributes(name, &path, attributes)?;
                if *keep_times { Ok(()) } else { touch(name, &path) }
            }
            (FileKind::Directory, What::Folder { .. }) | (FileKind::Existing | FileKind::Anything, _) => {
                set_attributes(name, &path, attributes)?;
                self.set_tree(live)
            }
            (FileKind::Directory, what) => {
                if *what != What::Nothing {
                    remove(&path).map_err(|error| Failure::new(format!("remove {name}"), error))?;
                }
                make_folders(name, &path, live.missing_parents.len() + 1)?;
                // Those above are made for it, and are its owner's.
                for parent in &live.missing_parents {
                    set_attributes(parent, &self.node.root.resolve(parent)?, attributes)?;
                }
                set_attributes(name, &path, attributes)
            }
            (FileKind::Symlink(target), what) => {
                if matches!(what, What::Folder { is_empty: true }) {
                    remove(&path).map_err(|error| Failure::new(format!("remove {name}"), error))?;
                }
                link(name, &path, target, attributes)
            }
            (FileKind::HardLink(source), _) => {
                if !live.is_linked && !handling.replace && live.what != What::Nothing {
                    return Err(Failure::new(format!("link {name} to {source}"), "another file is there")
                        .with_hint("`force: true` lets it give way"));
                }
                if !live.is_linked {
                    link_hard(name, &path, source, &self.node.root.resolve(source)?)?;
                }
                set_attributes(name, &path, attributes)
            }
        }
    }

    fn undo(&self, live: &LiveFile) -> Vec<Resource> {
        let sensitive = self.resource.sensitive;
        let absent = |path: String| Resource::File(File { sensitive, ..File::new(path, FileKind::Absent) });
        let kind = match &live.what {
            What::Nothing | What::Folder { is_empty: false } if self.resource.kind == FileKind::Absent => {
                return Vec::new();
            }
            What::Nothing => {
                // Folders made on the way go again, the innermost first, if nobody else has put something there.
                let makes = self.resource.kind == FileKind::Directory || self.resource.handling.make_parents;
                let parents = live.missing_parents.iter().rev().filter(|_| makes).cloned();
                return std::iter::once(live.name.clone()).chain(parents).map(absent).collect();
            }
            // What went with a folder, or was too large to be kept, does not come back.
            What::Large | What::Special => return Vec::new(),
            What::Regular(_)
                if matches!(self.resource.kind, FileKind::Existing | FileKind::Anything | FileKind::Touched { .. }) =>
            {
                FileKind::Existing
            }
            // Its content is in its other name, too.
            What::Regular(_) if matches!(self.resource.kind, FileKind::HardLink(_)) => return Vec::new(),
            What::Regular(content) => FileKind::Content(Bytes(content.clone())),
            What::Folder { .. } => FileKind::Directory,
            What::Symlink(target) => FileKind::Symlink(target.clone()),
        };
        let mut undo = vec![put_back(live.name.clone(), kind, live.attributes, sensitive)];
        if self.resource.handling.replace
            && let Some(Resource::File(file)) = undo.first_mut()
        {
            file.handling.replace = true;
        }
        undo.extend(
            live.tree
                .iter()
                .filter(|entry| !entry.is_link && self.entry_attributes(entry, live) != entry.attributes)
                .map(|entry| put_back(entry.name.clone(), FileKind::Anything, entry.attributes, sensitive)),
        );
        undo
    }

    fn result(&self, found: &LiveFile, live: &LiveFile) -> Values {
        let mut values = Values::new();
        let state = match (&live.what, live.is_hard_link) {
            (What::Nothing, _) => "absent",
            (What::Folder { .. }, _) => "directory",
            (What::Symlink(_), _) => "link",
            (_, true) => "hard",
            (_, false) => "file",
        };
        let mut tell = |name: &str, value: Value| values.insert(name.to_owned(), value);
        let path = match self.resource.kind {
            FileKind::Existing | FileKind::Anything | FileKind::Directory | FileKind::Absent => "path",
            _ => "dest",
        };
        tell(path, live.name.as_str().into());
        if let FileKind::Symlink(source) | FileKind::HardLink(source) = &self.resource.kind {
            tell("src", source.as_str().into());
        }
        tell("state", state.into());
        if live.what != What::Nothing {
            if let (What::Regular(content), Some(_)) = (&live.what, live.wanted(&self.resource.kind)) {
                // Ansible tells the second of what it has brought there only.
                let is_new = self.wanted_content(found).is_some();
                let sums = [("checksum", Checksum::Sha1), ("md5sum", Checksum::Md5)];
                for (name, checksum) in sums.into_iter().take(if is_new { 2 } else { 1 }) {
                    values.extend(checksum.of(&mut content.as_slice()).ok().map(|sum| (name.to_owned(), sum.into())));
                }
            }
            attributes_into(&mut values, live.attributes, &live.owner, &live.group, live.size);
        }
        values
    }
}

/// What puts a thing back as it was.
fn put_back(path: String, kind: FileKind, attributes: Attributes, sensitive: bool) -> Resource {
    let Attributes { uid, gid, mode } = attributes;
    Resource::File(File {
        mode: if matches!(kind, FileKind::Symlink(_)) { None } else { Some(mode.into()) },
        owner: Some(uid.to_string()),
        group: Some(gid.to_string()),
        sensitive,
        ..File::new(path, kind)
    })
}

impl On<'_, File> {
    fn subject(&self, live: &LiveFile) -> String {
        match (&self.resource.kind, &live.what) {
            (FileKind::Directory, _) | (FileKind::Absent | FileKind::Anything, What::Folder { .. }) => {
                format!("directory {}", live.name)
            }
            _ => format!("file {}", live.name),
        }
    }

    /// The content there should be, where another is there.
    fn wanted_content<'b>(&'b self, live: &'b LiveFile) -> Option<&'b [u8]> {
        let keeps = self.resource.handling.keep && live.what != What::Nothing;
        live.wanted(&self.resource.kind)
            .filter(|content| !keeps && !matches!(&live.what, What::Regular(present) if present == content))
    }

    /// What should be there, where it is not.
    fn wanted_side(&self, live: &LiveFile) -> Option<Side> {
        let is_new = live.what == What::Nothing;
        match (&self.resource.kind, &live.what) {
            (FileKind::Absent, What::Nothing) | (FileKind::Directory, What::Folder { .. }) => None,
            (FileKind::Absent, _) => Some(Side::Absent),
            (FileKind::Content(_) | FileKind::CopyOf(_), _) => {
                self.wanted_content(live).map(|content| text_side(content, self.resource.sensitive))
            }
            (FileKind::Symlink(target), What::Symlink(present)) if target == present => None,
            (FileKind::Symlink(target), _) => Some(link_side(target)),
            (FileKind::HardLink(_), _) if live.is_linked => None,
            (FileKind::HardLink(source), _) => Some(Side::Value(format!("another name of {source}"))),
            (FileKind::Directory, _) => Some(Side::Present),
            (FileKind::Existing | FileKind::Anything | FileKind::Touched { .. }, _) => is_new.then_some(Side::Present),
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
        let bits = self.wanted_mode(live).filter(|bits| is_new || *bits != present.mode);
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
    fn wanted_mode(&self, live: &LiveFile) -> Option<u32> {
        let mode = self.resource.mode.as_ref().filter(|_| !matches!(self.resource.kind, FileKind::Symlink(_)))?;
        let is_folder = matches!(live.what, What::Folder { .. }) || self.resource.kind == FileKind::Directory;
        Some(mode.on(self.present(live).mode, is_folder))
    }

    /// What it has, or what a new one would have.
    fn present(&self, live: &LiveFile) -> Attributes {
        match live.what {
            What::Nothing if self.resource.kind == FileKind::Directory => Attributes::own(0o755),
            What::Nothing => Attributes::own(0o644),
            // Of what gives way nothing is kept.
            What::Folder { .. } | What::Symlink(_) if live.wanted(&self.resource.kind).is_some() => {
                Attributes::own(0o644)
            }
            _ => live.attributes,
        }
    }

    /// What owner, group and mode should be: what is asked for, else what they are, else a new file's.
    fn attributes(&self, live: &LiveFile) -> Result<Attributes, Failure> {
        let present = self.present(live);
        let unknown = |kind: &str, name: &str| {
            Failure::new(format!("set the {kind} of {}", live.name), format!("this node has no {kind} {name}")).with_hint(
                "the package that makes the account must be installed first; an account that is not in /etc/passwd or \
                 /etc/group (LDAP) must be given by number",
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
        Ok(Attributes { uid, gid, mode: self.wanted_mode(live).unwrap_or(present.mode) })
    }

    /// What an entry of the folder should have; a link has no mode.
    fn entry_attributes(&self, entry: &Entry, live: &LiveFile) -> Attributes {
        let Attributes { uid, gid, mode } = entry.attributes;
        let wanted = self.resource.mode.as_ref().filter(|_| !entry.is_link);
        Attributes {
            uid: if self.resource.owner.is_some() { live.wanted_uid.unwrap_or(uid) } else { uid },
            gid: if self.resource.group.is_some() { live.wanted_gid.unwrap_or(gid) } else { gid },
            mode: wanted.map_or(mode, |wanted| wanted.on(mode, entry.is_folder)),
        }
    }

    /// The entries of the folder that differ, with what they should have.
    fn different<'b>(&'b self, live: &'b LiveFile) -> impl Iterator<Item = (&'b Entry, Attributes)> {
        let wanted = live.tree.iter().map(|entry| (entry, self.entry_attributes(entry, live)));
        wanted.filter(|(entry, wanted)| entry.attributes != *wanted)
    }

    fn tree_changes(&self, live: &LiveFile) -> Vec<Change> {
        let words = |Attributes { uid, gid, mode: bits }| format!("{uid}:{gid} {}", mode(bits));
        let mut changes: Vec<Change> = self
            .different(live)
            .take(SHOWN_ENTRIES)
            .map(|(entry, wanted)| {
                Change::set(format!("file {} owner and mode", entry.name), words(entry.attributes), words(wanted))
            })
            .collect();
        if let more @ 1.. = self.different(live).skip(SHOWN_ENTRIES).count() {
            let subject = format!("owner and mode of {more} more in {}", live.name);
            changes.push(Change { subject, before: Side::Present, after: Side::Present });
        }
        changes
    }

    fn set_tree(&self, live: &LiveFile) -> Result<(), Failure> {
        for (entry, wanted) in self.different(live) {
            let path = self.node.root.resolve(&entry.name)?;
            if entry.is_link {
                std::os::unix::fs::lchown(&path, Some(wanted.uid), Some(wanted.gid))
                    .map_err(|error| Failure::new(format!("set the owner of {}", entry.name), error))?;
            } else {
                set_attributes(&entry.name, &path, wanted)?;
            }
        }
        Ok(())
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
