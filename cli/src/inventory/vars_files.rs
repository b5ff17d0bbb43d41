//! `group_vars` and `host_vars`: files of variables beside the inventory or the playbook, named for a group or a host.
//!
//! `web`, `web.yml`, `web.yaml` or `web.json`, the first that is there, as a file or as a folder of such files.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{draft::Written, findings::Findings, sources};
use crate::{source::Diagnostic, vault, yaml::Value};

const ENDINGS: [&str; 4] = ["", ".yml", ".yaml", ".json"];

/// One `group_vars` or `host_vars` folder.
pub(super) struct VarsFolder {
    folder: PathBuf,
    /// Names in it, so that a thousand hosts without files cost no system call each.
    names: HashSet<String>,
    read: HashMap<String, Written>,
}

impl VarsFolder {
    /// Lists a folder, if it is there.
    pub(super) fn open(folder: PathBuf, found: &mut Vec<Diagnostic>) -> Option<Self> {
        if !folder.is_dir() {
            return None;
        }
        let names = sources::names(&folder).map_err(|diagnostic| found.push(diagnostic)).ok()?;
        Some(Self { folder, names: names.into_iter().collect(), read: HashMap::new() })
    }

    /// The variables of a group or a host; none where it has no file. What is wrong in a file is noted once.
    pub(super) fn vars(&mut self, name: &str, findings: &mut Findings) -> Written {
        // Such a host is a folder for `chroot`, and no name for a file.
        if name.starts_with('/') {
            return Written::default();
        }
        let file = ENDINGS.iter().map(|ending| format!("{name}{ending}")).find(|file| self.names.contains(file));
        let Some(file) = file else { return Written::default() };
        let folder = &self.folder;
        self.read
            .entry(file)
            .or_insert_with_key(|file| {
                let mut vars = Written::default();
                for path in files(&folder.join(file), &mut findings.mistakes) {
                    if let Err(diagnostic) = read(&path, &mut vars, &mut findings.doubts) {
                        findings.mistakes.push(diagnostic);
                    }
                }
                vars
            })
            .clone()
    }
}

/// A file, or every file of variables in a folder and its sub-folders.
fn files(path: &Path, found: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let names = sources::names(path).unwrap_or_else(|diagnostic| {
        found.push(diagnostic);
        Vec::new()
    });
    let mut files_in = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with('.') && !name.ends_with('~')) {
        let (path, ending) = (path.join(name), name.rfind('.').map_or("", |dot| &name[dot..]));
        if path.is_dir() && ending.is_empty() {
            files_in.extend(files(&path, found));
        } else if path.is_file() && ENDINGS.contains(&ending) {
            files_in.push(path);
        }
    }
    files_in
}

/// Adds the variables of a file.
fn read(path: &Path, vars: &mut Written, doubts: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
    let node = sources::document(&vault::read(path)?, doubts)?;
    match &node.value {
        Value::Null => {}
        Value::Map(map) => map.iter().for_each(|(key, node)| vars.set(&key.name, node)),
        _ => return Err(node.wrong_type("a mapping of variables").hint("write each variable as `name: value`")),
    }
    Ok(())
}
