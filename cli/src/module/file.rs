//! `file`: a folder, a link, the absence of a file, or owner and mode of one.

use lvs_agent::state::{self, FileKind, Handling, Resource};

use super::{arguments::Arguments, ownership::Ownership};

/// The arguments of `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    path: String,
    kind: FileKind,
    ownership: Ownership,
    handling: Handling,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    File,
    Directory,
    Link,
    Hard,
    Touch,
    Absent,
}

const STATES: &[(&str, State)] = &[
    ("file", State::File),
    ("directory", State::Directory),
    ("link", State::Link),
    ("hard", State::Hard),
    ("touch", State::Touch),
    ("absent", State::Absent),
];

/// What becomes of a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Preserve,
    Now,
}

impl File {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let path = from.path(&["path", "dest", "name"]);
        let given = from.has(&["state"]);
        let state = from.choice(&["state"], STATES);
        let has_src = from.has(&["src"]);
        let src = from.text(&["src"]);
        let recurse = from.flag(&["recurse"]).unwrap_or(false);
        let force = from.flag(&["force"]).unwrap_or(false);
        let follow = from.flag(&["follow"]).unwrap_or(true);
        let keep_times = times(from, state);
        let is_link = matches!(state, Some(State::Link | State::Hard));
        if is_link && !has_src {
            from.missing("src");
        }
        let src = src.unwrap_or_default();
        let kind = match state {
            Some(State::Directory) => FileKind::Directory,
            Some(State::Absent) => FileKind::Absent,
            Some(State::Link) => FileKind::Symlink(src),
            Some(State::Hard) => FileKind::HardLink(src),
            Some(State::Touch) => FileKind::Touched { keep_times },
            Some(State::File) => FileKind::Existing,
            None if recurse => FileKind::Directory,
            None => FileKind::Anything,
        };
        if has_src && !is_link && (!given || state.is_some()) {
            from.reject(
                "src",
                "`src` is for `state: link` and `state: hard`",
                "add `state: link`, or use `copy` for a file with content",
            );
        }
        if recurse && !matches!(state, Some(State::Directory) | None) {
            from.reject("recurse", "`recurse` is for `state: directory`", "remove it");
        }
        let handling = Handling {
            follow: follow && !is_link && kind != FileKind::Absent,
            replace: force && is_link,
            recurse: recurse || kind == FileKind::Absent,
            ..Handling::default()
        };
        Self { path, kind, ownership: Ownership::read(from), handling }
    }

    pub(super) fn resource(self) -> Resource {
        let Ownership { owner, group, mode } = self.ownership;
        let file = state::File::new(self.path, self.kind);
        Resource::File(state::File { owner, group, mode, handling: self.handling, ..file })
    }
}

/// Whether the times of a file that is touched stay as they are.
fn times(from: &mut Arguments<'_>, state: Option<State>) -> bool {
    let words = [("preserve", Time::Preserve), ("now", Time::Now)];
    let access = from.choice(&["access_time"], &words);
    let modification = from.choice(&["modification_time"], &words);
    from.refuse(&["access_time_format", "modification_time_format"], "the times are `now` or `preserve`");
    let is_touch = state == Some(State::Touch);
    for (name, time) in [("access_time", access), ("modification_time", modification)] {
        if time == Some(Time::Now) && !is_touch {
            from.reject(name, format!("`{name}: now` is for `state: touch`"), "add `state: touch`, or remove it");
        }
    }
    if is_touch && (access == Some(Time::Preserve)) != (modification == Some(Time::Preserve)) {
        let name = if access == Some(Time::Preserve) { "access_time" } else { "modification_time" };
        from.reject(name, "both times are set, or none", "give `preserve` for both");
    }
    access == Some(Time::Preserve) && modification == Some(Time::Preserve)
}
