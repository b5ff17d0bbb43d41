//! The agent's folder on a node: lock, journal, ownership record and backups.
//!
//! It holds former contents of files, secrets among them, so it is root's and nobody else's; a folder that another user
//! could have prepared is refused rather than repaired.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    Attributes,
    replace::{make_parents, replace, sync_parent},
};
use crate::{state::BOOT_FOLDER, wire::Failure};

/// The agent's folder on a node.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Opens the folder, making it where it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let tried = || format!("use the agent's folder {}", path.display());
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => sync_parent(path).map_err(|error| Failure::new(tried(), error))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::new(tried(), error)),
        }
        let metadata = fs::symlink_metadata(path).map_err(|error| Failure::new(tried(), error))?;
        if !metadata.is_dir() {
            let what = if metadata.is_symlink() { "it is a symbolic link" } else { "it is not a folder" };
            return Err(
                Failure::new(tried(), what).with_hint("see who made it; take it away, and the agent makes it anew")
            );
        }
        let user = rustix::process::geteuid().as_raw();
        if metadata.uid() != user {
            let what = format!("it belongs to user {}, and the agent runs as user {user}", metadata.uid());
            return Err(Failure::new(tried(), what).with_hint(if user == 0 {
                "another user may have prepared it: look into it, then give it to root or take it away"
            } else {
                "the agent needs root: connect as root, or set become"
            }));
        }
        if metadata.mode() & 0o7777 != 0o700 {
            fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(|error| Failure::new(tried(), error))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file that is locked.
    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The ownership record.
    pub(crate) fn owned(&self) -> PathBuf {
        self.0.join("owned.json")
    }

    /// What a boot restores.
    pub(crate) fn boot(&self) -> PathBuf {
        self.0.join(BOOT_FOLDER)
    }

    /// The journals, one a run.
    pub(crate) fn journals(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// A file that is there for a moment only.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{}", std::process::id()))
    }

    /// The backups of a run.
    pub(crate) fn backups(&self, run: &str) -> PathBuf {
        self.0.join("backup").join(run)
    }

    /// Where a run keeps what it found in a file.
    pub(crate) fn backup(&self, run: &str, path: &str) -> PathBuf {
        // The mark at the end keeps a file apart from a folder that takes its place later in the run.
        self.backups(run).join(format!("{}~", path.trim_matches('/')))
    }

    /// What a run found in the ownership record.
    pub(crate) fn kept_owned(&self, run: &str) -> PathBuf {
        self.backups(run).join("owned.json")
    }

    /// Keeps the ownership record as a run finds it: what takes back the run takes back what it claimed.
    pub(super) fn keep_owned(&self, run: &str) -> io::Result<()> {
        let kept = self.kept_owned(run);
        if kept.exists() {
            return Ok(());
        }
        let record = match fs::read(self.owned()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            record => record?,
        };
        make_parents(&kept, 0o700)?;
        replace(&kept, &record, Attributes::own(0o600))
    }

    /// What is armed: the record of a run that is not confirmed yet.
    pub(crate) fn armed(&self) -> PathBuf {
        self.0.join("armed.json")
    }

    /// What was last taken back.
    pub(crate) fn rolled_back(&self) -> PathBuf {
        self.0.join("rolled_back.json")
    }

    /// Where the guardian of an armed run listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("guard.sock")
    }

    /// Keeps what a run found in a file. The first of a run counts: what comes later is the run's own work.
    pub(crate) fn back_up(&self, run: &str, path: &str, content: &[u8]) -> Result<(), Failure> {
        let backup = self.backup(run, path);
        if backup.exists() {
            return Ok(());
        }
        make_parents(&backup, 0o700)
            .and_then(|()| replace(&backup, content, Attributes::own(0o600)))
            .map_err(|error| Failure::new(format!("back up {path} as {}", backup.display()), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_folder_is_closed_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        DirBuilder::new().mode(0o755).create(&path).unwrap();
        Folder::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o700);
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/tmp", dir.path().join("state")).unwrap();
        let failure = Folder::open(&dir.path().join("state")).unwrap_err();
        assert_eq!(failure.came_back, "it is a symbolic link");
        assert!(failure.hint.is_some());
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        if std::os::unix::fs::chown(dir.path(), Some(12345), None).is_err() {
            eprintln!("SKIPPED: only root can give a folder away");
            return;
        }
        let failure = Folder::open(dir.path()).unwrap_err();
        assert!(failure.came_back.contains("12345"), "{failure:?}");
    }

    #[test]
    fn the_first_backup_of_a_run_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(&dir.path().join("state")).unwrap();
        folder.back_up("r", "/etc/motd", b"first").unwrap();
        folder.back_up("r", "/etc/motd", b"second").unwrap();
        folder.back_up("r", "/etc/motd/now-a-folder", b"third").unwrap();
        let backup = folder.backups("r").join("etc/motd~");
        assert_eq!(fs::read(&backup).unwrap(), b"first");
        assert_eq!(fs::metadata(&backup).unwrap().mode() & 0o7777, 0o600);
    }
}
