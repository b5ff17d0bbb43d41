//! The parts of a template that are expressions or statements.

use std::ops::Range;

use super::token;
use crate::template::syntax::Syntax;

/// What stands between two delimiters.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) range: Range<usize>,
    pub(super) is_statement: bool,
}

/// All of a template, in their order. What has no end is left to the engine to refuse.
pub(super) fn regions(text: &str, syntax: &Syntax) -> Vec<Region> {
    let (mut regions, mut at) = (Vec::new(), 0);
    while let Some((start, delimiter)) = next(text, at, syntax) {
        let inside = start + delimiter.len();
        if delimiter == syntax.comment.0 {
            at = match text[inside..].find(&syntax.comment.1) {
                Some(end) => inside + end + syntax.comment.1.len(),
                None => break,
            };
            continue;
        }
        let is_statement = delimiter == syntax.block.0;
        let closing = if is_statement { &syntax.block.1 } else { &syntax.variable.1 };
        let Some(end) = token::end(text, inside, closing) else { break };
        at = end + closing.len();
        let word = text[inside..end].trim_matches(['-', '+']).trim();
        if is_statement && word == "raw" {
            at = end_of_raw(text, at, syntax).unwrap_or(text.len());
            continue;
        }
        // A sign at either end is whitespace control.
        let signed = |sign: Option<char>| usize::from(matches!(sign, Some('-' | '+')));
        let part = &text[inside..end];
        let from = inside + signed(part.chars().next());
        let to = end - if part.len() > 1 { signed(part.chars().next_back()) } else { 0 };
        regions.push(Region { range: from..to.max(from), is_statement });
    }
    regions
}

/// The next delimiter that opens something; the longest where several begin at one place.
fn next<'a>(text: &str, at: usize, syntax: &'a Syntax) -> Option<(usize, &'a str)> {
    let opening = [&syntax.comment.0, &syntax.block.0, &syntax.variable.0];
    let found =
        opening.into_iter().filter_map(|delimiter| Some((at + text[at..].find(delimiter.as_str())?, delimiter)));
    found.min_by_key(|(start, delimiter)| (*start, usize::MAX - delimiter.len())).map(|(at, text)| (at, text.as_str()))
}

fn end_of_raw(text: &str, mut at: usize, syntax: &Syntax) -> Option<usize> {
    loop {
        let inside = at + text[at..].find(&syntax.block.0)? + syntax.block.0.len();
        let end = inside + text[inside..].find(&syntax.block.1)?;
        at = end + syntax.block.1.len();
        if text[inside..end].trim_matches(['-', '+']).trim() == "endraw" {
            return Some(at);
        }
    }
}
