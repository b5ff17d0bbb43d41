//! Changes of a text, and the way back from a place in the changed text.

use std::ops::Range;

/// A part of the text that is replaced.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) old: Range<usize>,
    pub(super) new: String,
}

impl Edit {
    pub(super) fn insert(at: usize, new: &str) -> Self {
        Self { old: at..at, new: new.to_owned() }
    }
}

/// A text with changes.
#[derive(Clone, Debug, Default)]
pub(in crate::template) struct Rewritten {
    /// What the engine reads.
    pub(in crate::template) text: String,
    edits: Vec<Edit>,
}

impl Rewritten {
    pub(super) fn new(text: &str, mut edits: Vec<Edit>) -> Self {
        edits.sort_by_key(|edit| edit.old.start);
        let (mut changed, mut at) = (String::with_capacity(text.len()), 0);
        for edit in &edits {
            changed.push_str(&text[at..edit.old.start]);
            changed.push_str(&edit.new);
            at = edit.old.end;
        }
        changed.push_str(&text[at..]);
        Self { text: changed, edits }
    }

    /// Where a part of the changed text stands in the text as it was.
    pub(in crate::template) fn original(&self, part: Range<usize>) -> Range<usize> {
        let start = self.original_at(part.start);
        start..self.original_at(part.end).max(start)
    }

    fn original_at(&self, at: usize) -> usize {
        // What the changes so far added to the text, and took from it.
        let (mut added, mut taken) = (0, 0);
        for edit in &self.edits {
            let start = edit.old.start + added - taken;
            if at < start || (at == start && edit.old.is_empty() && edit.new != "(") {
                break;
            }
            if at < start + edit.new.len() {
                return edit.old.start;
            }
            added += edit.new.len();
            taken += edit.old.len();
        }
        at + taken - added
    }
}

/// Line ends become those of the result, as Jinja makes them.
pub(super) fn newlines(text: &str, newline: &str) -> Vec<Edit> {
    let (mut edits, mut end_of_pair) = (Vec::new(), None);
    for (at, end) in text.match_indices(['\r', '\n']) {
        let length = if end == "\r" && text[at + 1..].starts_with('\n') { 2 } else { 1 };
        if end_of_pair != Some(at) && &text[at..at + length] != newline {
            edits.push(Edit { old: at..at + length, new: newline.to_owned() });
        }
        end_of_pair = (length == 2).then_some(at + 1);
    }
    edits
}
