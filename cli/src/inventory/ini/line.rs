//! Lines of a file with their places, as Python splits and strips them.

use std::sync::Arc;

use crate::source::{Code, Diagnostic, Source, Span};

/// A line that is neither empty nor a comment, without the spaces around it.
#[derive(Clone)]
pub(super) struct Line<'a> {
    source: &'a Arc<Source>,
    /// Where `text` begins in the file.
    start: usize,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    /// The lines of a file that say something.
    pub(super) fn all(source: &'a Arc<Source>) -> impl Iterator<Item = Self> {
        let mut at = 0;
        source.text().split_inclusive(ends_line).filter_map(move |line| {
            let start = at + line.len() - line.trim_start_matches(is_space).len();
            at += line.len();
            let text = line.trim_matches(is_space);
            (!text.is_empty() && !text.starts_with(['#', ';'])).then_some(Line { source, start, text })
        })
    }

    /// A part of the line, in bytes.
    pub(super) fn span(&self, part: std::ops::Range<usize>) -> Span {
        Span::new(self.source, self.start + part.start..self.start + part.end)
    }

    pub(super) fn whole(&self) -> Span {
        self.span(0..self.text.len())
    }

    pub(super) fn wrong(&self, title: impl Into<String>, hint: &str) -> Diagnostic {
        Diagnostic::new(Code::InventorySyntax, title, &self.whole(), "").hint(hint)
    }
}

/// What `str.splitlines` splits at.
fn ends_line(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What `str.strip` takes away.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
