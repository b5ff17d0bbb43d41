//! `sysctl`: a kernel parameter, live and in a file that a boot reads.

use lvs_agent::state::{self, Anchor, Edit, Find, Matcher, Pattern, Persist, Presence, Repeat, Resource, TextEdit};

use super::arguments::Arguments;
use crate::yaml::Node;

/// The file where none is named. Ansible's own default, `/etc/sysctl.conf`, is read no more at boot by several
/// distributions.
const DEFAULT_FILE: &str = "/etc/sysctl.d/99-lvsctl.conf";

/// The arguments of `sysctl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sysctl {
    /// The kernel has a value.
    Value(state::Sysctl),
    /// The file says nothing of it, and the kernel keeps what it has.
    Line(TextEdit),
}

impl Sysctl {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let key = from.required(&["name", "key"], Node::to_text);
        let state = from.choice(&["state"], &[("present", Presence::Present), ("absent", Presence::Absent)]);
        let absent = state == Some(Presence::Absent);
        let value = from.optional(&["value", "val"], Node::to_text);
        if !absent && !from.has(&["value"]) && !from.has(&["val"]) {
            from.missing("value");
        }
        let file = from.optional_path(&["sysctl_file"]).unwrap_or_else(|| DEFAULT_FILE.to_owned());
        from.always("reload", "the running kernel is always set");
        // Without it Ansible sets the running kernel by reading the file again, which comes to the same.
        from.flag(&["sysctl_set"]);
        if from.flag(&["ignoreerrors"]) == Some(true) {
            from.reject(
                "ignoreerrors",
                "`ignoreerrors: true` is not supported",
                "write `ignore_errors: true` for the task",
            );
        }
        if absent && value.is_none() {
            return Self::Line(no_line(&key, file));
        }
        let persist = Some(if absent { Persist::NotIn(file) } else { Persist::In(file) });
        let value = value.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Value(state::Sysctl { key, value, accept: Vec::new(), persist })
    }

    pub(super) fn resource(self) -> Resource {
        match self {
            Self::Value(sysctl) => Resource::Sysctl(sysctl),
            Self::Line(edit) => Resource::TextEdit(edit),
        }
    }
}

/// A file without the lines of a key.
fn no_line(key: &str, path: String) -> TextEdit {
    let blanks = || {
        Matcher::Repeat(Box::new(Repeat {
            of: Matcher::Set(vec![(b' ', b' '), (b'\t', b'\t')]),
            least: 0,
            most: None,
            lazy: false,
        }))
    };
    let parts = vec![
        Matcher::At(Anchor::Start),
        blanks(),
        Matcher::Bytes(key.as_bytes().to_vec()),
        blanks(),
        Matcher::Bytes(b"=".to_vec()),
    ];
    let text = format!("^ *{key} *=");
    let pattern = Pattern { text, root: Matcher::All(parts), names: Vec::new(), groups: 0, multiline: false };
    TextEdit {
        path,
        edit: Edit::NoLine(Find::Pattern(pattern)),
        create: false,
        owner: None,
        group: None,
        mode: None,
        backup: false,
        validate: None,
        sensitive: false,
    }
}
