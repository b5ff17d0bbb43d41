//! What was read.

use std::{collections::HashSet, fmt};

use lvs_agent::state::{SyncDaemon, Timeouts, VirtualService};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The virtual services, in the order in which they were found.
    pub services: Vec<Found>,
    /// Timeouts, where there are any.
    pub timeouts: Option<Timeouts>,
    /// Sync daemons, where there are any.
    pub sync: Vec<SyncDaemon>,
    /// What the reader should know.
    pub notes: Vec<Note>,
    /// The same, to tell each but once.
    pub(super) known: HashSet<Note>,
}

/// A virtual service and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The service.
    pub service: VirtualService,
    /// The line it begins at, where there are lines.
    pub line: Option<usize>,
}

/// Something that the reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// The line, where there are lines.
    pub line: Option<usize>,
    /// What is to be known.
    pub text: String,
    /// Whether something was not imported; else it is only to be looked at.
    pub lost: bool,
}

impl Imported {
    /// Something was not imported.
    pub(super) fn lost(&mut self, line: impl Into<Option<usize>>, text: impl Into<String>) {
        self.note(line.into(), text.into(), true);
    }

    /// Something is to be looked at.
    pub(super) fn remark(&mut self, line: impl Into<Option<usize>>, text: impl Into<String>) {
        self.note(line.into(), text.into(), false);
    }

    fn note(&mut self, line: Option<usize>, text: String, lost: bool) {
        let note = Note { line, text, lost };
        if self.known.insert(note.clone()) {
            self.notes.push(note);
        }
    }
}

/// What ends a line, and so a comment, for readers of YAML 1.1 only.
fn is_line_break(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        // What was read is shown, and must not move the cursor.
        f.write_str(&self.text.replace(|c: char| c.is_control() || is_line_break(c), " "))?;
        f.write_str(if self.lost { " (not imported)" } else { "" })
    }
}
