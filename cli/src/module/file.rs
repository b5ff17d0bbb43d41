//! `file`: a folder, a link, the absence of a file, or owner and mode of one.

use lvs_agent::state::{self, FileKind, Resource};

use super::{arguments::Arguments, ownership::Ownership};

/// The arguments of `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    path: String,
    kind: FileKind,
    ownership: Ownership,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    File,
    Directory,
    Link,
    Absent,
}

impl File {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let path = from.path(&["path", "dest", "name"]);
        let states =
            [("file", State::File), ("directory", State::Directory), ("link", State::Link), ("absent", State::Absent)];
        let given = from.has(&["state"]);
        let state = from.choice(&["state"], &states);
        let has_src = from.has(&["src"]);
        let src = from.text(&["src"]);
        let kind = match state {
            Some(State::Directory) => FileKind::Directory,
            Some(State::Absent) => FileKind::Absent,
            Some(State::Link) => {
                if !has_src {
                    from.missing("src");
                }
                FileKind::Symlink(src.unwrap_or_default())
            }
            Some(State::File) | None => FileKind::Existing,
        };
        let is_link = state == Some(State::Link) || (given && state.is_none());
        if has_src && !is_link {
            from.reject(
                "src",
                "`src` is for `state: link`",
                "add `state: link`, or use `copy` for a file with content",
            );
        }
        Self { path, kind, ownership: Ownership::read(from) }
    }

    pub(super) fn resource(self) -> Resource {
        let Ownership { owner, group, mode } = self.ownership;
        Resource::File(state::File { path: self.path, kind: self.kind, owner, group, mode, sensitive: false })
    }
}
