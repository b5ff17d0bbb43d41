//! From what a user gives to what is read.
//!
//! A folder stands for the files in it, in the order of their names, without those that Ansible passes over as well:
//! hidden ones, backups, documents, and the folders of variables.

use std::{fs, path::Path, path::PathBuf, sync::Arc};

use super::{document, draft::Draft, findings::Findings, host_list, ini, program};
use crate::{
    source::{Code, Diagnostic, ReadError, Source, Span},
    vault,
    yaml::{self, Node, Value},
};

/// `INVENTORY_IGNORE_EXTS` of Ansible.
const IGNORED_ENDINGS: [&str; 12] =
    [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"];

const IGNORED_FOLDERS: [&str; 3] = ["group_vars", "host_vars", "vars_plugins"];

/// Adds a source to the draft: a folder, a program, a file, or a list of hosts.
pub(super) fn read(draft: &mut Draft, findings: &mut Findings, source: &Path) {
    if source.is_dir() {
        match names(source) {
            Ok(names) => names.iter().filter(|name| !is_ignored(name)).for_each(|name| {
                read(draft, findings, &source.join(name));
            }),
            Err(diagnostic) => findings.mistakes.push(diagnostic),
        }
        return;
    }
    if is_host_list(source) {
        return host_list::read(draft, &source.to_string_lossy());
    }
    draft.source = Some(source.to_owned());
    let was_program = program::is_program(source) && program::read(draft, findings, source);
    if !was_program {
        match vault::read(source) {
            Ok(text) => read_file(draft, findings, &text, source),
            Err(diagnostic) => findings.mistakes.push(diagnostic),
        }
    }
    draft.source = None;
}

/// `web1,web2`, unless there is such a file.
pub(super) fn is_host_list(source: &Path) -> bool {
    source.to_string_lossy().contains(',') && !source.exists()
}

/// Adds a file to the draft. What its name does not tell, its text does: first YAML is tried, then INI.
pub(super) fn read_file(draft: &mut Draft, findings: &mut Findings, source: &Arc<Source>, path: &Path) {
    draft.first.get_or_insert_with(|| Arc::clone(source));
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
    if ending.as_deref() == Some("toml") {
        let mistake =
            Diagnostic::new(Code::UnsupportedYaml, "an inventory in TOML is not read", &Span::whole(source), "");
        return findings
            .mistakes
            .push(mistake.hint("write it as YAML: `ansible-inventory -i FILE --list --yaml` does so"));
    }
    if !matches!(ending.as_deref(), None | Some("yml" | "yaml" | "json")) {
        return ini::read(draft, &mut findings.mistakes, source);
    }
    let mut doubts = Vec::new();
    let mistake = match document(source, &mut doubts) {
        Ok(Node { value: Value::Null, .. }) => return,
        Ok(node @ Node { value: Value::Map(_), .. }) => {
            findings.doubts.append(&mut doubts);
            return document::read(draft, findings, &node);
        }
        Ok(node) => {
            node.wrong_type("a mapping of groups").hint("an inventory begins with a group:\nall:\n  hosts:\n    web1:")
        }
        Err(mistake) => mistake,
    };
    let mut wrong_lines = Vec::new();
    ini::read(draft, &mut wrong_lines, source);
    if wrong_lines.is_empty() || looks_like_ini(source.text()) {
        findings.mistakes.append(&mut wrong_lines);
    } else {
        findings.mistakes.push(mistake);
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

/// The YAML or JSON of a file that the user gave.
pub(super) fn document(source: &Arc<Source>, doubts: &mut Vec<Diagnostic>) -> Result<Node, Diagnostic> {
    let json = if source.text().trim_start().starts_with(['{', '[']) { yaml::parse_json(source).ok() } else { None };
    let node = json.map_or_else(|| yaml::parse_leniently(source, doubts), Ok)?;
    if source.is_secret() {
        vault::keep_secret(&node);
    }
    Ok(node)
}

/// Whether the first line that says something is one of INI: a `[section]`, or a host without a colon after it.
fn looks_like_ini(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let Some(line) = lines.next() else { return false };
    let section = line.starts_with('[') && !line.contains([',', '"', '\'', '{']);
    let mut words = line.split_whitespace();
    let name = words
        .next()
        .is_some_and(|word| !word.contains(['{', '}', '"', '\'', '=']) && !word.ends_with(':') && word != "-");
    section || name && !line.starts_with('-') && (words.all(|word| word.contains('=')) || line.contains('='))
}
