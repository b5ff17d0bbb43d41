//! Files of the controller's that a task names: absolute, or in `files/` of the role or beside the playbook, or beside
//! the playbook itself.

use std::path::{Path, PathBuf};

use super::Context;
use crate::{
    playbook::folder_of,
    source::{Code, Diagnostic, Span},
};

/// Largest file that is sent: it travels on a line of JSON, in base64 if it is no text, and is kept for undo.
pub(super) const MAX_CONTENT: u64 = 16 << 20;

/// A file of the controller's.
#[derive(Clone, Debug)]
pub(super) struct Beside {
    /// As the task names it.
    pub(super) name: String,
    /// Where it names it.
    pub(super) place: Span,
    /// The folder in which such files are: `files`.
    pub(super) folder: &'static str,
}

impl Beside {
    /// Where it is.
    pub(super) fn find(&self, context: &Context<'_>) -> Result<PathBuf, Diagnostic> {
        let name = self.name.trim_end_matches('/');
        let folder = folder_of(self.place.source()).unwrap_or(Path::new(""));
        let known = context.scope.folders().iter().map(PathBuf::as_path);
        let folders = known.filter(|known| *known != folder).chain([folder]);
        let candidates: Vec<PathBuf> =
            folders.flat_map(|folder| [folder.join(self.folder).join(name), folder.join(name)]).collect();
        candidates.iter().find(|path| path.exists()).cloned().ok_or_else(|| {
            let title = format!("there is no file `{name}` to copy");
            let looked: Vec<_> = candidates.iter().map(|path| path.display().to_string()).collect();
            Diagnostic::new(Code::FileNotReadable, title, &self.place, "")
                .hint(format!("looked for {}", looked.join(" and ")))
        })
    }

    /// What is in it.
    pub(super) fn read(&self, context: &Context<'_>) -> Result<Vec<u8>, Diagnostic> {
        let path = self.find(context)?;
        self.read_at(&path)
    }

    /// What is in a file that was found by it.
    pub(super) fn read_at(&self, path: &Path) -> Result<Vec<u8>, Diagnostic> {
        let failed = |error: std::io::Error| {
            let title = format!("failed to read {}: {error}", path.display());
            Diagnostic::new(Code::FileNotReadable, title, &self.place, "")
        };
        let length = std::fs::metadata(path).map_err(failed)?.len();
        if length > MAX_CONTENT {
            let title = format!("{} has {length} bytes, and {MAX_CONTENT} are the most that is sent", path.display());
            return Err(Diagnostic::new(Code::FileNotReadable, title, &self.place, "")
                .hint("put it where the nodes can load it from, and use `get_url`; or copy it by other means"));
        }
        std::fs::read(path).map_err(failed)
    }
}

impl PartialEq for Beside {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Beside {}
