//! Text in an expression: Python's escapes, written with the few that the engine has.

use super::{
    Escapes,
    edits::Edit,
    token::{Kind, Token},
};

/// Rewrites every text with a backslash.
pub(super) fn rewrite(text: &str, tokens: &[Token], escapes: Escapes, edits: &mut Vec<Edit>) {
    for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
        let literal = &text[token.range.clone()];
        let Some(quote) = literal.chars().next() else { continue };
        let inside = literal.trim_start_matches(quote).strip_suffix(quote);
        let Some(inside) = inside.filter(|inside| inside.contains('\\')) else { continue };
        let meant = match escapes {
            Escapes::Python => unescaped(inside),
            Escapes::None => inside.to_owned(),
        };
        let range = token.range.start + 1..token.range.end - 1;
        edits.push(Edit { old: range, new: escaped(&meant, quote) });
    }
}

/// As the engine reads it.
fn escaped(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if character == quote => escaped.extend(['\\', quote]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// What Python reads. An escape that it does not know stays as it is.
fn unescaped(text: &str) -> String {
    let (mut meant, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        meant.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at + 1..]);
        match character {
            Some(character) => meant.push(character),
            None => meant.push_str(&rest[at..=at + length]),
        }
        rest = &rest[at + 1 + length..];
    }
    meant + rest
}

/// What an escape means, and how long it is after the backslash.
fn escape(rest: &str) -> (Option<char>, usize) {
    let Some(first) = rest.chars().next() else { return (None, 0) };
    let hex = |digits: usize| {
        let code = rest.get(1..=digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(character) => (Some(character), 1 + digits),
            None => (None, first.len_utf8()),
        }
    };
    let simple = match first {
        '\\' | '\'' | '"' => first,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => return hex(2),
        'u' => return hex(4),
        'U' => return hex(8),
        '0'..='7' => {
            let length = rest.bytes().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
            let code = u32::from_str_radix(&rest[..length], 8).ok();
            return (code.and_then(char::from_u32), length);
        }
        _ => return (None, first.len_utf8()),
    };
    (Some(simple), 1)
}
