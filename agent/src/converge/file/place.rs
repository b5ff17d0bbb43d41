//! Putting things at a path.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, lchown},
    path::Path,
};

use rustix::fs::OFlags;

use crate::{
    node::{Attributes, make_symlink, replace, sync_parent},
    wire::Failure,
};

/// Puts a regular file there.
pub(super) fn write(name: &str, path: &Path, content: &[u8], attributes: Attributes) -> Result<(), Failure> {
    has_parent(name, path)?;
    replace(path, content, attributes).map_err(|error| Failure::new(format!("write {name}"), error))
}

/// Puts a symbolic link there.
pub(super) fn link(name: &str, path: &Path, target: &str, attributes: Attributes) -> Result<(), Failure> {
    has_parent(name, path)?;
    let placed = match fs::read_link(path) {
        Ok(present) if present == Path::new(target) => lchown(path, Some(attributes.uid), Some(attributes.gid)),
        _ => make_symlink(path, target, attributes.uid, attributes.gid),
    };
    placed.map_err(|error| Failure::new(format!("link {name} to {target}"), error))
}

/// Makes a folder and those above it, whatever the umask says.
pub(super) fn make_folders(name: &str, missing_parents: &[String], path: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("make the folder {name}"), error);
    let missing = path.ancestors().take(missing_parents.len() + 1);
    for folder in missing.collect::<Vec<_>>().into_iter().rev() {
        DirBuilder::new().mode(0o700).create(folder).map_err(failed)?;
        fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(failed)?;
        sync_parent(folder).map_err(failed)?;
    }
    Ok(())
}

/// Sets owner, group and mode of a file or folder, but never through a link.
pub(super) fn set_attributes(name: &str, path: &Path, attributes: Attributes) -> Result<(), Failure> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .and_then(|file| attributes.set_on(&file))
        .map_err(|error| Failure::new(format!("set owner and mode of {name}"), error))
}

fn has_parent(name: &str, path: &Path) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(path);
    match fs::metadata(parent) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Failure::new(format!("write {name}"), "what is above it is not a folder")),
        Err(error) => Err(Failure::new(format!("write {name}"), format!("the folder it should be in: {error}"))
            .with_hint("make the folder first: a file step with `state: directory`")),
    }
}
