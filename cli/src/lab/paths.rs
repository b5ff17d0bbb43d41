//! Where things are kept, by the XDG base directory specification.

use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::Error;

/// The folder of one lab. Everything it has is in it, and nothing else.
#[derive(Clone, Debug)]
pub(super) struct LabDir(PathBuf);

impl LabDir {
    /// The folder of a lab by name.
    pub(super) fn named(name: &str) -> Result<Self, Error> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 32 || !name.chars().all(plain) {
            return Err(Error::BadName(name.to_owned()));
        }
        Ok(Self(labs()?.join(name)))
    }

    /// The folder by its path, as an `ssh_config` names it.
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The folder of a node.
    pub(super) fn node(&self, node: &str) -> PathBuf {
        self.0.join("nodes").join(node)
    }

    /// The boot log of a node.
    pub(super) fn console(&self, node: &str) -> PathBuf {
        self.node(node).join("console.log")
    }

    /// Where the namespace mounts memory for the kernels to run in.
    pub(super) fn memory(&self) -> PathBuf {
        self.0.join("mem")
    }

    /// Where a kernel puts its control socket, as `NODE/mconsole`.
    pub(super) fn control(&self) -> PathBuf {
        self.0.join("run")
    }
}

/// The folder of all labs.
pub(super) fn labs() -> Result<PathBuf, Error> {
    Ok(base("XDG_STATE_HOME", ".local/state")?.join("lvsctl/lab"))
}

/// The folder of images and of what is compiled for them.
pub(super) fn cache() -> Result<PathBuf, Error> {
    Ok(base("XDG_CACHE_HOME", ".cache")?.join("lvsctl"))
}

fn base(variable: &str, below_home: &str) -> Result<PathBuf, Error> {
    // The specification: a path that is not absolute is to be ignored.
    if let Some(path) = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute()) {
        return Ok(path);
    }
    match env::home_dir().filter(|home| home.is_absolute()) {
        Some(home) => Ok(home.join(below_home)),
        None => Err(Error::Missing(vec![format!("a home folder: set HOME or {variable}")])),
    }
}

/// Makes a folder, with those above it, for nobody else to look into.
pub(super) fn make_private(path: &Path) -> Result<(), Error> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::io("make the folder", path))
}

/// Writes a file as a whole or not at all, with the given mode.
pub(super) fn write(path: &Path, content: impl AsRef<[u8]>, mode: u32) -> Result<(), Error> {
    use std::{io::Write, os::unix::fs::PermissionsExt};

    let folder = path.parent().expect("a file stands in a folder");
    let failed = Error::io("write", path);
    (|| {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content.as_ref())?;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    })()
    .map_err(failed)
}

/// Removes a folder that may not be there.
pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { what: "remove", path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
