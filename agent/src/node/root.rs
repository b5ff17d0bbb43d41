//! The node's file system: `/` on a node, a temporary folder in a test.

use std::{
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

use crate::wire::Failure;

/// Longest path taken, as `PATH_MAX` of `linux/limits.h`.
const PATH_MAX: usize = 4096;

/// Most links that are followed (`MAXSYMLINKS` of the kernel), each with some parts.
const MAX_LINKS: usize = 40;

/// Where programs are looked for. A session over SSH may come without the `sbin` folders.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The node's file system.
#[derive(Clone, Debug)]
pub(crate) struct Root(PathBuf);

impl Default for Root {
    fn default() -> Self {
        Self(PathBuf::from("/"))
    }
}

impl Root {
    /// A file system below a folder.
    #[cfg(test)]
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// A path the agent itself chose, such as `/proc/modules`.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    /// A path that came over the wire: absolute, without `..`, and of a length the kernel takes.
    pub(crate) fn resolve(&self, path: &str) -> Result<PathBuf, Failure> {
        let wrong = if !path.starts_with('/') {
            "it is not absolute"
        } else if path.len() >= PATH_MAX {
            "it is longer than 4095 bytes"
        } else if path.contains('\0') {
            "it has a NUL byte"
        } else if Path::new(path).components().any(|part| part == Component::ParentDir) {
            "it has a `..`"
        } else {
            return Ok(self.path(path));
        };
        let shown: String = path.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect();
        Err(Failure::new(format!("use the path {shown}"), wrong))
    }

    /// A path with every symbolic link in it followed, as the node names it. What is not there is taken as it is.
    pub(crate) fn follow(&self, path: &str) -> Result<String, Failure> {
        let mut done = PathBuf::from("/");
        let mut left: Vec<OsString> = parts(Path::new(path));
        for _ in 0..MAX_LINKS * 64 {
            let Some(part) = left.pop() else {
                let followed = done.into_os_string().into_string();
                return followed
                    .map_err(|_| Failure::new(format!("follow {path}"), "it leads to a path that is not UTF-8"));
            };
            if part == ".." {
                done.pop();
                continue;
            }
            let next = done.join(&part);
            match std::fs::read_link(self.0.join(next.strip_prefix("/").unwrap_or(&next))) {
                Ok(target) => {
                    if target.is_absolute() {
                        done = PathBuf::from("/");
                    }
                    left.extend(parts(&target));
                }
                // It is no link, or it is not there.
                Err(_) => done = next,
            }
        }
        Err(Failure::new(format!("follow {path}"), "too many levels of symbolic links"))
    }

    /// The text of a file below `/proc` or `/sys` without the end of its line; nothing where it cannot be read.
    pub(crate) fn line(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.path(path)).ok().map(|text| text.trim_end().to_owned())
    }

    /// Where programs are looked for.
    pub(crate) fn search_path(&self) -> String {
        if self.0 == Path::new("/") {
            SEARCH_PATH.to_owned()
        } else {
            format!("{}:{SEARCH_PATH}", self.path("/bin").display())
        }
    }

    /// Where a program is, if it is on the node.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        SEARCH_PATH.split(':').map(|folder| self.path(folder).join(name)).find(|path| path.is_file())
    }
}

/// The parts of a path, the last first.
fn parts(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| part.as_os_str().to_owned()).rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_within_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path().to_owned());
        std::fs::create_dir_all(dir.path().join("etc/real")).unwrap();
        for (name, target) in [("etc/a", "../etc/real/file"), ("b", "/etc/a"), ("loop", "loop")] {
            std::os::unix::fs::symlink(target, dir.path().join(name)).unwrap();
        }
        assert_eq!(root.follow("/b").unwrap(), "/etc/real/file");
        assert_eq!(root.follow("/not/there").unwrap(), "/not/there");
        assert!(root.follow("/loop").is_err());
    }

    #[test]
    fn a_path_from_the_wire_cannot_leave_the_root() {
        let root = Root::at("/node".into());
        assert_eq!(root.resolve("/etc/motd").unwrap(), Path::new("/node/etc/motd"));
        for bad in ["etc/motd", "", "/etc/../../motd", "/etc/mo\0td", &format!("/{}", "a".repeat(5000))] {
            assert!(root.resolve(bad).is_err(), "{bad:?}");
        }
    }
}
