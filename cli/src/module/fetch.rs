//! `fetch`: what the controller does with a file that came from a node.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use lvs_agent::wire::{Change, Failure, Mode, Outcome, Side, Status};

use super::Context;
use crate::{
    playbook::folder_of,
    source::{Diagnostics, Span},
    yaml::{Node, Value},
};

/// A file of a node that is wanted on the controller.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Its path on the node.
    pub(super) source: String,
    /// Where it goes, as the task says.
    pub(super) dest: String,
    /// Without folders for the host and the path.
    pub(super) flat: bool,
    /// Where the task says it.
    pub(super) place: Span,
    /// Where it goes.
    pub(super) file: PathBuf,
}

impl Fetch {
    /// The same with the file worked out for a host.
    pub(super) fn into_place(self, context: &Context<'_>) -> Result<Self, Diagnostics> {
        let name = Node { value: Value::String("{{ inventory_hostname }}".to_owned()), span: self.place.clone() };
        let host = context.scope.render(&name)?.to_text()?;
        let source = self.source.trim_start_matches('/');
        let base = folder_of(self.place.source()).unwrap_or(Path::new(""));
        let dest = base.join(&self.dest);
        let file = match (self.flat, self.dest.ends_with('/')) {
            (false, _) => dest.join(host).join(source),
            (true, true) => dest.join(source.rsplit('/').next().unwrap_or(source)),
            (true, false) => dest,
        };
        Ok(Self { file, ..self })
    }

    /// Writes the file that came, where it differs.
    pub(super) fn take(&self, outcome: &mut Outcome, mode: Mode) {
        let shown = self.file.display().to_string();
        outcome.result.insert("dest".to_owned(), shown.clone().into());
        outcome.result.shift_remove("encoding");
        outcome.result.shift_remove("source");
        let Some(content) = outcome.result.shift_remove("content") else { return };
        for (name, of_node) in [("checksum", "remote_checksum"), ("md5sum", "remote_md5sum")] {
            if let Some(sum) = outcome.result.get(name).cloned() {
                outcome.result.insert(of_node.to_owned(), sum);
            }
        }
        let done = content
            .as_str()
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "what the node sent is no base64"))
            .and_then(|content| self.write(&content, mode));
        match done {
            Ok(false) => {}
            Ok(true) => {
                let after = Side::Value(format!("from {}", self.source));
                outcome.changes.push(Change::add(format!("file {shown} here"), after));
                outcome.status = if mode == Mode::Apply { Status::Changed } else { Status::WouldChange };
            }
            Err(error) => {
                outcome.status = Status::Failed;
                let (tried, came_back) = (format!("write {shown}"), error.to_string());
                outcome.failure = Some(Failure { tried, came_back, hint: None });
            }
        }
    }

    /// Whether the file differs; then it is written, if anything is to be changed.
    fn write(&self, content: &[u8], mode: Mode) -> io::Result<bool> {
        if fs::read(&self.file).is_ok_and(|present| present == content) {
            return Ok(false);
        }
        if mode == Mode::Apply {
            if let Some(folder) = self.file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&self.file, content)?;
        }
        Ok(true)
    }
}

impl PartialEq for Fetch {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, &self.dest, self.flat, &self.file) == (&other.source, &other.dest, other.flat, &other.file)
    }
}

impl Eq for Fetch {}
