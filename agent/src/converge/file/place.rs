//! Putting things at a path.

use std::{
    fs::{self, DirBuilder, File, FileTimes, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, lchown},
    path::Path,
    time::SystemTime,
};

use rustix::fs::OFlags;

use crate::{
    node::{Attributes, Node, make_hard_link, make_symlink, replace, sync_parent},
    process::Program,
    wire::Failure,
};

/// Puts a regular file there.
pub(in crate::converge) fn write(
    name: &str,
    path: &Path,
    content: &[u8],
    attributes: Attributes,
) -> Result<(), Failure> {
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

/// Puts another name of a file there.
pub(super) fn link_hard(name: &str, path: &Path, source_name: &str, source: &Path) -> Result<(), Failure> {
    has_parent(name, path)?;
    make_hard_link(path, source).map_err(|error| Failure::new(format!("link {name} to {source_name}"), error))
}

/// Sets the times of a file to now.
pub(super) fn touch(name: &str, path: &Path) -> Result<(), Failure> {
    let now = SystemTime::now();
    File::open(path)
        .and_then(|file| file.set_times(FileTimes::new().set_accessed(now).set_modified(now)))
        .map_err(|error| Failure::new(format!("set the times of {name}"), error))
}

/// Asks a program whether it approves of content: `%s` in an argument is the path of a file that has it.
pub(in crate::converge) fn validate(node: &Node, name: &str, content: &[u8], argv: &[String]) -> Result<(), Failure> {
    let tried = || format!("validate the new {name}");
    let candidate = node.folder.scratch("candidate");
    replace(&candidate, content, Attributes::own(0o600)).map_err(|error| Failure::new(tried(), error))?;
    let shown = candidate.display().to_string();
    let done = Program::new(&node.root, argv.iter().map(|word| word.replace("%s", &shown))).run(&mut |_, _| ());
    let removed = fs::remove_file(&candidate);
    done.map_err(|error| {
        let code = error.code().unwrap_or_default();
        node.return_value("msg", format!("failed to validate: rc:{code} error:{}", error.stderr()));
        error
            .into_failure(tried())
            .with_hint("the file on the node is as it was; `validate` found fault with the new one")
    })?;
    removed.map_err(|error| Failure::new(tried(), error))
}

/// Makes a folder and those above it, so many of them, whatever the umask says.
pub(in crate::converge) fn make_folders(name: &str, folder: &Path, count: usize) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("make the folder {name}"), error);
    let missing = folder.ancestors().take(count);
    for folder in missing.collect::<Vec<_>>().into_iter().rev() {
        DirBuilder::new().mode(0o700).create(folder).map_err(failed)?;
        fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(failed)?;
        sync_parent(folder).map_err(failed)?;
    }
    Ok(())
}

/// Sets owner, group and mode of a file or folder, but never through a link.
pub(in crate::converge) fn set_attributes(name: &str, path: &Path, attributes: Attributes) -> Result<(), Failure> {
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
