//! `group_vars` and `host_vars`: files of variables beside the inventory, named for a group or a host.
//!
//! `web`, `web.yml`, `web.yaml` or `web.json`, the first that is there, as a file or as a folder of such files.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{Vars, sources};
use crate::{
    source::{Diagnostic, Source},
    yaml::Value,
};

const ENDINGS: [&str; 4] = ["", ".yml", ".yaml", ".json"];

/// One `group_vars` or `host_vars` folder.
pub(super) struct VarsFolder {
    folder: PathBuf,
    /// Names in it, so that a thousand hosts without files cost no system call each.
    names: HashSet<String>,
    read: HashMap<String, Vars>,
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
    pub(super) fn vars(&mut self, name: &str, found: &mut Vec<Diagnostic>) -> Vars {
        let file = ENDINGS.iter().map(|ending| format!("{name}{ending}")).find(|file| self.names.contains(file));
        let Some(file) = file else { return Vars::new() };
        let folder = &self.folder;
        self.read
            .entry(file)
            .or_insert_with_key(|file| {
                let mut vars = Vars::new();
                for path in files(&folder.join(file), found) {
                    match read(&path) {
                        Ok(more) => vars.extend(more),
                        Err(diagnostic) => found.push(diagnostic),
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

fn read(path: &Path) -> Result<Vars, Diagnostic> {
    let node = sources::document(&Source::read(path)?)?;
    match &node.value {
        Value::Null => Ok(Vars::new()),
        Value::Map(map) => Ok(map.iter().map(|(key, node)| (key.name.clone(), node.clone())).collect()),
        _ => Err(node.wrong_type("a mapping of variables").hint("write each variable as `name: value`")),
    }
}
