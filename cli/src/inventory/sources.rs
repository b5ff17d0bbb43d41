//! From the paths a user gives to the files that are read.
//!
//! A folder stands for the files in it, in the order of their names, without those that Ansible passes over as well:
//! hidden ones, backups, documents, and the folders of variables.

use std::{fs, path::Path, path::PathBuf, sync::Arc};

use crate::{
    source::{Code, Diagnostic, ReadError, Source, Span},
    yaml::{self, Node, Value},
};

/// `INVENTORY_IGNORE_EXTS` of Ansible.
const IGNORED_ENDINGS: [&str; 12] =
    [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"];

const IGNORED_FOLDERS: [&str; 3] = ["group_vars", "host_vars", "vars_plugins"];

/// The files that a source stands for.
pub(super) fn files(source: &Path, found: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    if !source.is_dir() {
        return vec![source.to_owned()];
    }
    match names(source) {
        Ok(names) => {
            names.iter().filter(|name| !is_ignored(name)).flat_map(|name| files(&source.join(name), found)).collect()
        }
        Err(diagnostic) => {
            found.push(diagnostic);
            Vec::new()
        }
    }
}

/// Names in a folder, sorted.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Diagnostic> {
    let unreadable = |source| Diagnostic::from(ReadError::Io { path: folder.to_owned(), source });
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The folder beside which `group_vars` and `host_vars` are looked for.
pub(super) fn folder(source: &Path) -> PathBuf {
    if source.is_dir() {
        return source.to_owned();
    }
    match source.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn is_ignored(name: &str) -> bool {
    name.starts_with('.')
        || IGNORED_FOLDERS.contains(&name)
        || IGNORED_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Reads the YAML of a file that the user gave; other forms that Ansible knows are named in the mistake.
pub(super) fn document(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    let text = source.text();
    let unsupported = |what: &str, at: usize, len: usize, hint: &str| {
        let title = format!("{what} is not supported yet");
        Diagnostic::new(Code::UnsupportedYaml, title, &Span::new(source, at..at + len), "").hint(hint.to_owned())
    };
    if text.starts_with("$ANSIBLE_VAULT") {
        let hint = "decrypt it first: `ansible-vault decrypt FILE`";
        return Err(unsupported("a file encrypted by ansible-vault", 0, "$ANSIBLE_VAULT".len(), hint));
    }
    if text.starts_with("#!") {
        let hint = "run it and give its output as a file: `SCRIPT --list > inventory.json`";
        return Err(unsupported("an inventory that is a program", 0, text.lines().next().map_or(0, str::len), hint));
    }
    let parsed = yaml::parse(source);
    let is_mapping = matches!(&parsed, Ok(Node { value: Value::Map(_) | Value::Null, .. }));
    if !is_mapping && let Some((at, len)) = first_ini_line(text) {
        let hint = "write it as YAML: `ansible-inventory -i FILE --list --yaml > inventory.yml` does so";
        return Err(unsupported("an inventory in INI form", at, len, hint));
    }
    parsed
}

/// Offset and length of the first line, if it is one of INI: a `[section]`, or a host without a colon after it.
fn first_ini_line(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let is_comment = content.starts_with(['#', ';']);
        if !content.is_empty() && !is_comment {
            let section =
                content.starts_with('[') && content.ends_with(']') && !content.contains([',', '"', '\'', ' ']);
            let mut words = content.split_whitespace();
            let name = words
                .next()
                .is_some_and(|word| !word.contains(['{', '}', '"', '\'', '-', '=']) && !word.ends_with(':'));
            let host = name && words.all(|word| word.contains('='));
            return (section || host).then(|| (at + line.len() - line.trim_start().len(), content.len()));
        }
        at += line.len();
    }
    None
}
