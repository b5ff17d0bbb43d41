//! Files beside templates and playbooks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use minijinja::Error;

use super::{Call, failed};

/// Most files that one pattern finds.
const MAX: usize = 10_000;

impl Call<'_, '_, '_> {
    /// The folders in which a file is looked for: those of the templates, and `files` beside each.
    pub(super) fn folders(&self, kind: &str) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for folder in &self.templates.user_dirs {
            let beside = match folder.file_name() {
                Some(name) if name == "templates" => folder.parent().map(|parent| parent.join(kind)),
                _ => None,
            };
            for folder in beside.into_iter().chain([folder.join(kind), folder.clone()]) {
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
        folders
    }

    /// A file by its name.
    pub(super) fn find(&self, kind: &str, name: &str) -> Result<PathBuf, Error> {
        let path = Path::new(name);
        if path.is_absolute() && path.exists() {
            return Ok(path.to_owned());
        }
        let folders = self.folders(kind);
        let found = folders.iter().map(|folder| folder.join(name)).find(|path| path.exists());
        found.ok_or_else(|| {
            let looked: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
            failed(format!("there is no file `{name}`; looked in {}", looked.join(", ")))
        })
    }
}

/// Files whose path a pattern matches, in the order of their names.
pub(in crate::template) fn glob(pattern: &Path) -> Result<Vec<String>, Error> {
    let mut paths = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str().to_string_lossy();
        let mut next = Vec::new();
        for path in &paths {
            if !part.contains(['*', '?', '[']) {
                next.push(path.join(part.as_ref()));
                continue;
            }
            let folder = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if (!name.starts_with('.') || part.starts_with('.')) && matches(&part, &name) {
                    next.push(path.join(name));
                }
            }
        }
        if next.len() > MAX {
            return Err(failed("the pattern matches too many files"));
        }
        paths = next;
    }
    let files = paths.into_iter().filter(|path| path.is_file());
    let mut files: Vec<String> = files.map(|path| path.to_string_lossy().into_owned()).collect();
    files.sort();
    Ok(files)
}

/// Whether a name fits a pattern with `*`, `?` and `[a-z]`.
fn matches(pattern: &str, name: &str) -> bool {
    let mut translated = String::from("^(?s)");
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '*' => translated.push_str(".*"),
            '?' => translated.push('.'),
            '[' => match rest[1..].find(']').filter(|end| *end > 0) {
                Some(end) => {
                    let inside = rest[1..=end].replace('\\', "\\\\").replace('[', "\\[");
                    let inside = inside.strip_prefix('!').map_or(inside.clone(), |inside| format!("^{inside}"));
                    translated.extend(["[", &inside, "]"]);
                    length = end + 2;
                }
                None => translated.push_str("\\["),
            },
            _ => translated.push_str(&regex::escape(&character.to_string())),
        }
        rest = &rest[length..];
    }
    regex::Regex::new(&(translated + "$")).is_ok_and(|regex| regex.is_match(name))
}
