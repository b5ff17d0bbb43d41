//! Replacing a file atomically: whoever reads it sees the old or the new one, also after a power cut.
//!
//! The new file is written beside the old one, under a name that nobody reads (a dot in front, no known suffix), fsynced
//! and renamed over it; then the folder is fsynced. A run that dies before the rename leaves that file behind; the next
//! replacement of the same target takes it away.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown, symlink},
    path::{Path, PathBuf},
};

/// What every temporary name begins with.
const PREFIX: &str = ".lvsctl-";

/// Owner and permission bits of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The lower twelve bits.
    pub(crate) mode: u32,
}

impl Attributes {
    /// What this process makes, with this mode.
    pub(crate) fn own(mode: u32) -> Self {
        Self { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw(), mode }
    }

    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        Self { uid: metadata.uid(), gid: metadata.gid(), mode: metadata.mode() & 0o7777 }
    }

    /// Sets them on an open file or folder. The mode comes last, as a new owner clears the set-user-ID bit.
    pub(crate) fn set_on(self, file: &File) -> io::Result<()> {
        let present = Self::of(&file.metadata()?);
        if (present.uid, present.gid) != (self.uid, self.gid) {
            fchown(file, Some(self.uid), Some(self.gid))?;
        }
        if Self::of(&file.metadata()?).mode != self.mode {
            file.set_permissions(Permissions::from_mode(self.mode))?;
        }
        Ok(())
    }
}

/// Puts a regular file at `path` in place of what is there.
pub(crate) fn replace(path: &Path, content: &[u8], attributes: Attributes) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(content)?;
        attributes.set_on(&file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    finish(path, &temporary, written)
}

/// Puts a file that is elsewhere at `path` in place of what is there, and takes it away where it was.
pub(crate) fn adopt(path: &Path, source: &Path, attributes: Attributes) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        let mut source = File::open(source)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match source.read(&mut buffer)? {
                0 => break,
                read => file.write_all(&buffer[..read])?,
            }
        }
        attributes.set_on(&file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    finish(path, &temporary, written)?;
    fs::remove_file(source)
}

/// Puts a symbolic link at `path` in place of what is there.
pub(crate) fn make_symlink(path: &Path, target: &str, uid: u32, gid: u32) -> io::Result<()> {
    let temporary = temporary(path)?;
    let made = (|| {
        symlink(target, &temporary)?;
        lchown(&temporary, Some(uid), Some(gid))?;
        fs::rename(&temporary, path)
    })();
    finish(path, &temporary, made)
}

/// Puts another name of a file at `path` in place of what is there.
pub(crate) fn make_hard_link(path: &Path, source: &Path) -> io::Result<()> {
    let temporary = temporary(path)?;
    let made = fs::hard_link(source, &temporary).and_then(|()| fs::rename(&temporary, path));
    finish(path, &temporary, made)
}

/// Takes away a file, a link or an empty folder.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }?;
    sync_parent(path)
}

/// Makes the folder that `path` is in, and what is above it, for a file of the agent's own. Each is on the disk with its
/// name: a file in a folder that a power cut takes away is no backup.
pub(crate) fn make_parents(path: &Path, mode: u32) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|parent| !parent.is_dir()) else { return Ok(()) };
    make_parents(parent, mode)?;
    match DirBuilder::new().mode(mode).create(parent) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_parent(parent),
    }
}

/// Writes the folder's entry of `path` to disk.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

fn finish(path: &Path, temporary: &Path, done: io::Result<()>) -> io::Result<()> {
    match done {
        Ok(()) => sync_parent(path),
        Err(error) => {
            // What went wrong first is what the reader needs; a file that stays is taken away the next time.
            let _ = fs::remove_file(temporary);
            Err(error)
        }
    }
}

/// A free name beside `path`, after what a dead run left there has been taken away.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path has no file name"));
    };
    // A name of up to 255 bytes must stay one with the prefix and the number.
    let name: String = name.to_string_lossy().chars().take(50).collect();
    let stem = format!("{PREFIX}{name}.");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_stale = entry.file_name().to_str().and_then(|found| found.strip_prefix(&stem)).is_some_and(is_number);
        if is_stale {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(folder.join(format!("{stem}{}", std::process::id())))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_left_by_a_dead_run_is_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("motd");
        for name in [".lvsctl-motd.1", ".lvsctl-motd.d.1", ".lvsctl-motd.txt"] {
            fs::write(dir.path().join(name), "half").unwrap();
        }
        replace(&path, b"hello\n", Attributes::own(0o640)).unwrap();
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".lvsctl-motd.d.1", ".lvsctl-motd.txt", "motd"]);
        assert_eq!(Attributes::of(&fs::metadata(&path).unwrap()).mode, 0o640);
    }

    #[test]
    fn a_replacement_that_fails_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        replace(&dir.path().join("folder"), b"", Attributes::own(0o644)).unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_longest_name_can_be_replaced() {
        let dir = tempfile::tempdir().unwrap();
        replace(&dir.path().join("ü".repeat(127)), b"", Attributes::own(0o644)).unwrap();
    }
}
