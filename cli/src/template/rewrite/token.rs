//! The words of an expression, as far as rewriting needs them.

use std::ops::Range;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// Text with its quotes.
    Text,
    Operator,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// The words of a part of a text.
pub(super) fn tokens(text: &str, part: Range<usize>) -> Vec<Token> {
    let (mut tokens, mut at) = (Vec::new(), part.start);
    while let Some(first) = text[at..part.end].chars().next() {
        let rest = &text[at..part.end];
        let (kind, length) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '\'' | '"' => (Kind::Text, quoted(rest)),
            '0'..='9' => (Kind::Number, number(rest)),
            _ if is_name(first) => (Kind::Name, rest.find(|c| !is_name(c)).unwrap_or(rest.len())),
            _ => {
                let two = ["//", "**", "==", "!=", "<=", ">="].iter().any(|operator| rest.starts_with(operator));
                (Kind::Operator, if two { 2 } else { first.len_utf8() })
            }
        };
        tokens.push(Token { kind, range: at..at + length });
        at += length;
    }
    tokens
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The length of text in quotes; of all that is left where they do not end.
fn quoted(text: &str) -> usize {
    let quote = text.chars().next();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if Some(character) == quote {
            return at + 1;
        }
    }
    text.len()
}

/// The length of a number: `1`, `1.5`, `1e-3`. `1.real` and `x.1.y` are a number and a name.
fn number(text: &str) -> usize {
    let digits = |from: usize| {
        text[from..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(text.len(), |end| from + end)
    };
    let whole = digits(0);
    let is_point = text[whole..].starts_with('.') && text[whole + 1..].starts_with(|c: char| c.is_ascii_digit());
    let end = if is_point { digits(whole + 1) } else { whole };
    let is_signed = text[..end].ends_with(['e', 'E']) && text[end..].starts_with(['-', '+']);
    if is_signed && !text.starts_with("0x") { digits(end + 1) } else { end }
}

/// Where an expression ends: at the delimiter that stands in no text and in no brackets of its own.
pub(super) fn end(text: &str, start: usize, closing: &str) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(first) = text.get(at..)?.chars().next() {
        if depth == 0 && text[at..].starts_with(closing) {
            return Some(at);
        }
        match first {
            '\'' | '"' => {
                at += quoted(&text[at..]);
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += first.len_utf8();
    }
    None
}
