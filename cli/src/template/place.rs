//! From an offset in a template to a place in the user's file.
//!
//! A template in a file is the file. A template in YAML stands there with quotes, escapes or indentation; where its
//! line is found as it is, the place is exact, and else it is the value as a whole.

use std::ops::Range;

use super::{
    rewrite::{self, Escapes, Rewritten},
    syntax::Syntax,
};
use crate::source::Span;

/// A template's text and where it stands.
pub(super) struct Place<'a> {
    /// What offsets count in.
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) span: &'a Span,
    /// What the engine is given.
    pub(super) rewritten: Rewritten,
    /// It stands without braces.
    pub(super) is_expression: bool,
}

impl<'a> Place<'a> {
    /// A template, without the line end at its end, which is no part of it.
    pub(super) fn template(text: &'a str, span: &'a Span, syntax: &Syntax, escapes: Escapes) -> Self {
        let text = if syntax.keep_trailing_newline { text } else { without_line_end(text) };
        Self { text, span, rewritten: rewrite::template(text, syntax, escapes), is_expression: false }
    }

    /// An expression without braces.
    pub(super) fn expression(text: &'a str, span: &'a Span, escapes: Escapes) -> Self {
        Self { text, span, rewritten: rewrite::expression(text, escapes), is_expression: true }
    }

    /// Where a part of the template stands.
    pub(super) fn locate(&self, part: Range<usize>) -> Span {
        let part = part.start.min(self.text.len())..part.end.min(self.text.len());
        let line_start = self.text[..self.text.floor_char_boundary(part.start)].rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let (source, start) = (self.span.source(), self.span.range().start);
        let found = match self.span.text().find(self.text) {
            Some(offset) => Some(start + offset),
            None if line.trim().is_empty() => None,
            None => self.span.text().find(line).map(|offset| start + offset - line_start),
        };
        match found {
            Some(base) => Span::new(source, base + part.start..base + part.end.max(part.start + 1)),
            None => self.span.clone(),
        }
    }

    /// Where a name stands in a part of the template, if it does.
    pub(super) fn locate_name(&self, name: &str, part: Range<usize>) -> Option<Span> {
        let text = self.text.get(part.clone())?;
        let is_word = |character: char| character.is_alphanumeric() || character == '_' || character == '.';
        let (at, _) = text.match_indices(name).find(|&(at, _)| {
            !text[..at].ends_with(is_word)
                && !text[at + name.len()..]
                    .starts_with(|character: char| character.is_alphanumeric() || character == '_')
        })?;
        Some(self.locate(part.start + at..part.start + at + name.len()))
    }

    /// The whole of the line in which a part begins.
    pub(super) fn line(&self, number: usize) -> Range<usize> {
        let mut start = 0;
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            if index + 1 == number {
                return start..start + line.trim_end().len();
            }
            start += line.len();
        }
        0..self.text.len()
    }
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
