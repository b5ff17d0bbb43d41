//! What a match is replaced by, as Python's `Match.expand` reads it.

use lvs_agent::state::{Pattern, Piece};

use super::Mistake;

/// The pieces of a replacement.
pub(super) fn pieces(text: &str, pattern: &Pattern) -> Result<Vec<Piece>, Mistake> {
    let (mut pieces, mut plain) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let position = text.len() - rest.len() + at;
        let (escape, used) = escape(&rest[at + 1..], position, pattern)?;
        match escape {
            Piece::Text(text) => plain.push_str(&text),
            group @ Piece::Group(_) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(group);
            }
        }
        rest = &rest[at + 1 + used..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// What stands after a backslash, and how many bytes of it.
fn escape(after: &str, at: usize, pattern: &Pattern) -> Result<(Piece, usize), Mistake> {
    let mistake = |what: String| Mistake { what, at };
    let Some(letter) = after.chars().next() else { return Err(mistake("bad escape (end of pattern)".to_owned())) };
    let group = |number: u32| {
        if number <= pattern.groups {
            Ok(Piece::Group(number))
        } else {
            Err(mistake(format!("invalid group reference {number}")))
        }
    };
    let octal = |digits: usize| after.bytes().take_while(|byte| matches!(byte, b'0'..=b'7')).count().min(digits);
    let character = |code: u32| Piece::Text(char::from_u32(code).map(String::from).unwrap_or_default());
    let text = |text: &str| Ok((Piece::Text(text.to_owned()), 1));
    match letter {
        'g' => {
            let inner = after[1..].strip_prefix('<').ok_or_else(|| mistake("missing <".to_owned()))?;
            let end = inner.find('>').ok_or_else(|| mistake("missing >, unterminated name".to_owned()))?;
            let name = &inner[..end];
            let named = || pattern.names.iter().find(|(known, _)| known == name).map(|(_, number)| *number);
            let number = name.parse().ok().or_else(named);
            let number = number.ok_or_else(|| mistake(format!("unknown group name '{name}'")))?;
            Ok((group(number)?, end + 3))
        }
        '0' => {
            let digits = octal(3);
            Ok((character(u32::from_str_radix(&after[..digits], 8).unwrap_or(0)), digits))
        }
        '1'..='9' if octal(3) == 3 => {
            let code = u32::from_str_radix(&after[..3], 8).unwrap_or(u32::MAX);
            if code > 0o377 {
                return Err(mistake(format!("octal escape value \\{} outside of range 0-0o377", &after[..3])));
            }
            Ok((character(code), 3))
        }
        '1'..='9' => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count().min(2);
            Ok((group(after[..digits].parse().unwrap_or(u32::MAX))?, digits))
        }
        'a' => text("\u{7}"),
        'b' => text("\u{8}"),
        'f' => text("\u{c}"),
        'n' => text("\n"),
        'r' => text("\r"),
        't' => text("\t"),
        'v' => text("\u{b}"),
        '\\' => text("\\"),
        letter if letter.is_ascii_alphabetic() => Err(mistake(format!("bad escape \\{letter}"))),
        // Anything else keeps its backslash.
        letter => Ok((Piece::Text(format!("\\{letter}")), letter.len_utf8())),
    }
}
