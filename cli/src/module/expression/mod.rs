//! Regular expressions as Python's `re` reads them in bytes, for the agent to follow.
//!
//! The grammar is that of Python's `Lib/re/_parser.py`, version 3.13; a test compares what is found with Python itself.

mod class;
mod parser;
mod replacement;

use lvs_agent::state::{Pattern, Piece};

use crate::{source::Diagnostic, yaml::Node};
use parser::Parser;

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at position {at}")]
struct Mistake {
    what: String,
    /// Byte of the expression.
    at: usize,
}

/// An expression.
pub(super) fn pattern(node: &Node) -> Result<Pattern, Diagnostic> {
    read(&node.to_text()?, false).map_err(|mistake| wrong(node, &mistake))
}

/// An expression for a whole text, where `^` and `$` mean its lines (`re.MULTILINE`).
pub(super) fn pattern_of_lines(node: &Node) -> Result<Pattern, Diagnostic> {
    read(&node.to_text()?, true).map_err(|mistake| wrong(node, &mistake))
}

/// What a match is replaced by.
pub(super) fn replacement(node: &Node, pattern: &Pattern) -> Result<Vec<Piece>, Diagnostic> {
    replacement::pieces(&node.to_text()?, pattern).map_err(|mistake| wrong(node, &mistake))
}

fn read(text: &str, multiline: bool) -> Result<Pattern, Mistake> {
    Parser::new(text, multiline).pattern()
}

fn wrong(node: &Node, mistake: &Mistake) -> Diagnostic {
    node.wrong_value(format!("not a regular expression: {mistake}"))
        .hint("it is read as Python's `re` reads it, as Ansible does")
}

#[cfg(test)]
mod tests;
