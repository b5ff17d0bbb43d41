//! `copy`: a file with content from the playbook, from a file beside it, or from another file of the node; or a folder
//! with all that is in it.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use lvs_agent::state::{self, Bytes, FileKind, Handling, Mode, Resource};

use super::{Context, Wanted, arguments::Arguments, beside::Beside, ownership::Ownership};
use crate::{
    source::{Code, Diagnostic, Diagnostics},
    yaml::Value,
};

/// Most files of a folder that is copied.
const MAX_FILES: usize = 10_000;

/// The arguments of `copy`.
#[derive(Clone, Debug)]
pub struct Copy {
    from: Origin,
    dest: String,
    ownership: Ownership,
    /// `mode: preserve`: that of the controller's file.
    preserves: bool,
    folder_mode: Option<Mode>,
    handling: Handling,
}

/// Where the content comes from.
#[derive(Clone, Debug)]
enum Origin {
    Content(String),
    File(Beside),
    /// A file of the node's.
    Remote(String),
    /// Neither is given, or both are; a mistake was noted.
    Unclear,
}

impl Copy {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        from.exclusive(&["content", "src"]);
        let (has_content, has_src) = (from.has(&["content"]), from.has(&["src"]));
        let place = from.get(&["src"]).map(|node| node.span.clone());
        let src = from.text(&["src"]);
        let content = from.text_or_json(&["content"]);
        let dest = from.path(&["dest"]);
        let is_remote = from.flag(&["remote_src"]) == Some(true);
        let mut handling = handling(from, src.as_deref());
        handling.replace = true;
        let from_node = match (content, src, place) {
            (Some(content), ..) => Origin::Content(content),
            (None, Some(src), _) if is_remote => Origin::Remote(src),
            (None, Some(name), Some(place)) => Origin::File(Beside { name, place, folder: "files" }),
            _ => Origin::Unclear,
        };
        if !has_content && !has_src {
            from.missing("content");
        }
        from.refuse(
            &["checksum", "local_follow"],
            "the content is compared byte by byte, and links of yours are followed",
        );
        if from.flag(&["decrypt"]) == Some(false) {
            from.reject("decrypt", "`decrypt: false` is not supported", "remove it");
        }
        let preserves =
            from.get(&["mode"]).is_some_and(|node| matches!(&node.value, Value::String(text) if text == "preserve"));
        let mode = if preserves { None } else { from.optional(&["mode"], super::ownership::mode) };
        let ownership = Ownership::with_mode(from, mode);
        let folder_mode = from.optional(&["directory_mode"], super::ownership::mode);
        Self { from: from_node, dest, ownership, preserves, folder_mode, handling }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
        let one = |kind, source: Option<&Path>| self.file(self.dest.clone(), kind, source, context);
        Ok(match &self.from {
            Origin::Content(text) => vec![one(FileKind::Content(text.as_str().into()), None)],
            Origin::Remote(src) => vec![one(FileKind::CopyOf(src.clone()), None)],
            Origin::Unclear => Vec::new(),
            Origin::File(beside) => {
                let path = beside.find(context)?;
                if path.is_dir() {
                    return Ok(self.folder(beside, &path, context)?);
                }
                let bytes = beside.read_at(&path)?;
                let wanted = one(FileKind::Content(Bytes(bytes)), Some(&path));
                vec![wanted.returning([("src", path.display().to_string().into())])]
            }
        })
    }

    fn file(&self, path: String, kind: FileKind, source: Option<&Path>, context: &Context<'_>) -> Wanted {
        let Ownership { owner, group, mode } = self.ownership.clone();
        let preserved = || {
            let mode = source?.metadata().ok()?.permissions().mode() & 0o7777;
            self.preserves.then_some(Mode::Bits(mode))
        };
        let mode = mode.or_else(preserved);
        let (sensitive, handling) = (context.sensitive, self.handling.clone());
        Wanted::plain(Resource::File(state::File {
            owner,
            group,
            mode,
            sensitive,
            handling,
            ..state::File::new(path, kind)
        }))
    }

    /// A folder with what is in it; without a `/` at the end the folder itself, too.
    fn folder(&self, beside: &Beside, path: &Path, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostic> {
        let mut dest = PathBuf::from(&self.dest);
        if !beside.name.ends_with('/')
            && let Some(name) = path.file_name()
        {
            dest.push(name);
        }
        let mut wanted = Vec::new();
        self.collect(beside, path, &dest, &mut wanted, context)?;
        Ok(wanted)
    }

    fn collect(
        &self,
        beside: &Beside,
        path: &Path,
        dest: &Path,
        wanted: &mut Vec<Wanted>,
        context: &Context<'_>,
    ) -> Result<(), Diagnostic> {
        let wrong = |title: String| Diagnostic::new(Code::FileNotReadable, title, &beside.place, "");
        let failed = |error: std::io::Error| wrong(format!("failed to read {}: {error}", path.display()));
        let name = |path: &Path| {
            path.to_str().map(str::to_owned).ok_or_else(|| wrong(format!("{} is not UTF-8", path.display())))
        };
        let Ownership { owner, group, .. } = self.ownership.clone();
        let folder = state::File::new(name(dest)?, FileKind::Directory);
        wanted.push(Wanted::plain(Resource::File(state::File {
            owner,
            group,
            mode: self.folder_mode.clone(),
            ..folder
        })));
        let mut entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            if wanted.len() >= MAX_FILES {
                return Err(wrong(format!("{} has more than {MAX_FILES} files", path.display())));
            }
            let (path, dest) = (entry.path(), dest.join(entry.file_name()));
            if path.is_dir() {
                self.collect(beside, &path, &dest, wanted, context)?;
            } else {
                let bytes = beside.read_at(&path)?;
                let mut file = self.file(name(&dest)?, FileKind::Content(Bytes(bytes)), Some(&path), context);
                if let Resource::File(file) = &mut file.resource {
                    file.handling.into_folder = None;
                }
                wanted.push(file);
            }
        }
        Ok(())
    }
}

/// What `copy` and `template` mind of the file that they replace.
pub(super) fn handling(from: &mut Arguments<'_>, src: Option<&str>) -> Handling {
    let into_folder = src.and_then(|src| src.trim_end_matches('/').rsplit('/').next()).map(str::to_owned);
    Handling {
        follow: from.flag(&["follow"]).unwrap_or(false),
        keep: from.flag(&["force"]) == Some(false),
        backup: from.flag(&["backup"]).unwrap_or(false),
        validate: from.validate(),
        into_folder: into_folder.filter(|name| !name.is_empty()),
        ..Handling::default()
    }
}
