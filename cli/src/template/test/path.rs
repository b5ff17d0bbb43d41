//! Paths on the controller.

use std::{fs, os::unix::fs::MetadataExt, path::PathBuf};

use minijinja::{Error, value::Value};

use super::{
    super::{arguments::Arguments, python},
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    for name in ["file", "is_file"] {
        registry.add(&[(name, |value, _| Ok(path(value)?.is_file()))]);
    }
    for name in ["directory", "is_dir"] {
        registry.add(&[(name, |value, _| Ok(path(value)?.is_dir()))]);
    }
    for name in ["link", "is_link"] {
        registry.add(&[(name, |value, _| Ok(path(value)?.is_symlink()))]);
    }
    for name in ["abs", "is_abs"] {
        registry.add(&[(name, |value, _| Ok(path(value)?.is_absolute()))]);
    }
    registry.add(&[("exists", |value, _| Ok(path(value)?.exists()))]);
    registry.add(&[("link_exists", |value, _| Ok(path(value)?.symlink_metadata().is_ok()))]);
    registry.add(&[("same_file", same_file), ("is_same_file", same_file), ("mount", mount), ("is_mount", mount)]);
}

fn path(value: &Value) -> Result<PathBuf, Error> {
    python::text(value).map(PathBuf::from)
}

fn same_file(value: &Value, arguments: &mut Arguments) -> Result<bool, Error> {
    let other = path(&arguments.required("path")?)?;
    let id = |path: PathBuf| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    let this = id(path(value)?);
    Ok(this.is_some() && this == id(other))
}

/// Whether a folder is on another file system than the one above, or is the root.
fn mount(value: &Value, _: &mut Arguments) -> Result<bool, Error> {
    let folder = path(value)?;
    if folder.is_symlink() {
        return Ok(false);
    }
    let (this, above) = (fs::metadata(&folder), fs::metadata(folder.join("..")));
    Ok(this.is_ok_and(|this| above.is_ok_and(|above| this.dev() != above.dev() || this.ino() == above.ino())))
}
