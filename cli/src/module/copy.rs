//! `copy`: a file with content from the playbook, or from a file beside it.

use std::path::{Path, PathBuf};

use lvs_agent::state::{self, Bytes, FileKind, Resource};

use super::{Context, arguments::Arguments, ownership::Ownership, template::into_folder};
use crate::{
    playbook::folder_of,
    source::{Code, Diagnostic, Diagnostics, Span, note_file},
};

/// The arguments of `copy`.
#[derive(Clone, Debug)]
pub struct Copy {
    from: Origin,
    dest: String,
    ownership: Ownership,
}

/// Where the content comes from.
#[derive(Clone, Debug)]
enum Origin {
    Content(String),
    File(String, Span),
    /// Neither is given, or both are; a mistake was noted.
    Unclear,
}

impl Copy {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let (has_content, has_src) = (from.has(&["content"]), from.has(&["src"]));
        if has_content && has_src {
            from.reject("content", "`copy` takes `content` or `src`, not both", "remove one of them");
        }
        let place = from.get(&["src"]).map(|node| node.span.clone());
        let src = from.text(&["src"]);
        let content = from.text(&["content"]);
        let dest = from.path(&["dest"]);
        let dest = into_folder(dest, src.as_deref().unwrap_or_default());
        let origin = match (content, src, place) {
            (Some(content), ..) => Origin::Content(content),
            (None, Some(src), Some(place)) => Origin::File(src, place),
            _ => Origin::Unclear,
        };
        if !has_content && !has_src {
            from.missing("content");
        }
        from.always("backup", "what was there before is always kept");
        Self { from: origin, dest, ownership: Ownership::read(from) }
    }

    pub(super) fn resource(self, context: &Context<'_>) -> Result<Resource, Diagnostics> {
        let bytes = match &self.from {
            Origin::Content(text) => text.as_str().into(),
            Origin::File(src, place) => read_beside(src, place, context.scope.folders())?,
            Origin::Unclear => Bytes::default(),
        };
        let Ownership { owner, group, mode } = self.ownership;
        let kind = FileKind::Content(bytes);
        Ok(Resource::File(state::File { path: self.dest, kind, owner, group, mode, sensitive: context.sensitive }))
    }
}

impl PartialEq for Copy {
    fn eq(&self, other: &Self) -> bool {
        (&self.dest, &self.ownership) == (&other.dest, &other.ownership) && self.from == other.from
    }
}

impl Eq for Copy {}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Content(left), Self::Content(right)) | (Self::File(left, _), Self::File(right, _)) => left == right,
            (Self::Unclear, Self::Unclear) => true,
            _ => false,
        }
    }
}

/// A file of the controller's: absolute, or in `files/` of the role or beside the playbook, or beside the playbook itself.
fn read_beside(src: &str, place: &Span, folders: &[PathBuf]) -> Result<Bytes, Diagnostic> {
    let folder = folder_of(place.source()).unwrap_or(Path::new(""));
    let folders = folders.iter().map(PathBuf::as_path).filter(|known| *known != folder).chain([folder]);
    let candidates: Vec<PathBuf> =
        folders.flat_map(|folder| [folder.join("files").join(src), folder.join(src)]).collect();
    let Some(path) = candidates.iter().find(|path| path.is_file()) else {
        let title = format!("there is no file `{src}` to copy");
        let looked: Vec<_> = candidates.iter().map(|path| path.display().to_string()).collect();
        return Err(Diagnostic::new(Code::FileNotReadable, title, place, "")
            .hint(format!("looked for {}", looked.join(" and "))));
    };
    let bytes = std::fs::read(path).map_err(|error| {
        Diagnostic::new(Code::FileNotReadable, format!("failed to read {}: {error}", path.display()), place, "")
    })?;
    note_file(path, &bytes);
    Ok(Bytes(bytes))
}
