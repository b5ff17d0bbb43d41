//! The node the agent runs on: its file system, and the folder in which the agent remembers.

mod accounts;
mod folder;
mod journal;
mod journal_line;
mod lock;
mod ownership;
mod replace;
mod root;

pub(crate) use accounts::{Accounts, Database};
pub(crate) use folder::Folder;
pub(crate) use journal::Journal;
pub(crate) use journal_line::{About, Past, State};
pub(crate) use lock::{Lock, LockError};
pub(crate) use ownership::Ownership;
pub(crate) use replace::{Attributes, adopt, make_hard_link, make_parents, make_symlink, remove, replace, sync_parent};
pub(crate) use root::Root;

use std::cell::RefCell;

use crate::wire::Values;

/// The node the agent runs on, as one run sees it.
#[derive(Debug)]
pub(crate) struct Node {
    /// Its file system.
    pub(crate) root: Root,
    /// Where the agent remembers.
    pub(crate) folder: Folder,
    /// Names the run.
    pub(crate) run: String,
    /// What the step under way has to return beside what can be read off the node.
    pub(crate) returned: RefCell<Values>,
}

impl Node {
    /// Returns a value with the step under way.
    pub(crate) fn return_value(&self, name: &str, value: impl Into<serde_json::Value>) {
        self.returned.borrow_mut().insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
pub(crate) mod fake {
    //! A node in a temporary folder.

    use std::cell::RefCell;

    use super::{Folder, Node, Root};

    /// A node whose file system and folder go away with it.
    pub(crate) struct FakeNode {
        pub(crate) node: Node,
        dir: tempfile::TempDir,
    }

    impl FakeNode {
        pub(crate) fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let node = Node {
                folder: Folder::open(&dir.path().join("lvsctl")).unwrap(),
                root: Root::at(dir.path().join("root")),
                run: "run-1".to_owned(),
                returned: RefCell::default(),
            };
            std::fs::create_dir(dir.path().join("root")).unwrap();
            Self { node, dir }
        }

        /// The path of the real file system at which the node has `path`.
        pub(crate) fn at(&self, path: &str) -> std::path::PathBuf {
            self.dir.path().join("root").join(path.trim_start_matches('/'))
        }

        pub(crate) fn read(&self, path: &str) -> String {
            std::fs::read_to_string(self.at(path)).unwrap()
        }

        /// Writes a file, making its folders.
        pub(crate) fn write(&self, path: &str, content: &str) {
            let path = self.at(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }

        /// A program on the node's search path: a shell script that can use `$ROOT`.
        pub(crate) fn program(&self, name: &str, script: &str) {
            self.script(&format!("/bin/{name}"), script);
        }

        /// A script anywhere on the node.
        pub(crate) fn script(&self, path: &str, script: &str) {
            self.write(path, &format!("#!/bin/sh\nROOT='{}'\n{script}\n", self.at("/").display()));
            // By another process: while one of our own threads forks, its child would hold what we write open, and a
            // program that is open for writing cannot be run (ETXTBSY).
            let installed = format!("{}.installed", self.at(path).display());
            let install =
                std::process::Command::new("install").arg("-m755").arg(self.at(path)).arg(&installed).status();
            assert!(install.unwrap().success());
            std::fs::rename(installed, self.at(path)).unwrap();
        }
    }
}
