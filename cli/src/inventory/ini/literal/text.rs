//! Texts as Python writes them: prefixes, quotes, escapes, and several next to each other.

use super::{Literal, Reader};
use crate::yaml::{Marked, Value};

impl Reader<'_> {
    /// Texts next to each other are one.
    pub(super) fn strings(&mut self) -> Option<Literal> {
        let mut text = String::new();
        let mut of_bytes = None;
        loop {
            let rest = self.rest();
            let quote = rest.find(['\'', '"'])?;
            let prefix = rest[..quote].to_ascii_lowercase();
            let (raw, bytes) = match prefix.as_str() {
                "" | "u" => (false, false),
                "r" => (true, false),
                "b" => (false, true),
                "rb" | "br" => (true, true),
                _ => return None,
            };
            if *of_bytes.get_or_insert(bytes) != bytes {
                return None;
            }
            self.at += quote;
            self.string(raw, bytes, &mut text)?;
            self.space();
            let rest = self.rest();
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            if end > 2 || !rest[end..].starts_with(['\'', '"']) {
                // Bytes become text, in which templates are not trusted.
                let value = if bytes { Value::Marked(Marked::Unsafe(text).into()) } else { Value::String(text) };
                return Some(Literal::Other(value));
            }
        }
    }

    fn string(&mut self, raw: bool, bytes: bool, text: &mut String) -> Option<()> {
        let quote = &self.rest()[..1];
        let triple = quote.repeat(3);
        let close = if self.rest().starts_with(&triple) { triple } else { quote.to_owned() };
        self.at += close.len();
        loop {
            let rest = self.rest();
            if rest.starts_with(&close) {
                self.at += close.len();
                return Some(());
            }
            let character = rest.chars().next()?;
            self.at += character.len_utf8();
            if character == '\n' && close.len() == 1 || bytes && !character.is_ascii() {
                return None;
            }
            if character == '\\' {
                self.escape(raw, bytes, text)?;
            } else {
                text.push(character);
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, raw: bool, bytes: bool, text: &mut String) -> Option<()> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        if raw {
            text.extend(['\\', character]);
            return Some(());
        }
        let hex = |digits: usize| -> Option<char> {
            let digits = self.rest().get(..digits).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        };
        let (escaped, length) = match character {
            '\n' => return Some(()),
            '\\' | '\'' | '"' => (character, 0),
            'a' => ('\u{7}', 0),
            'b' => ('\u{8}', 0),
            'f' => ('\u{c}', 0),
            'n' => ('\n', 0),
            'r' => ('\r', 0),
            't' => ('\t', 0),
            'v' => ('\u{b}', 0),
            'x' => (hex(2)?, 2),
            'u' if !bytes => (hex(4)?, 4),
            'U' if !bytes => (hex(8)?, 8),
            // Names of characters, for which Python has a table.
            'N' if !bytes => return None,
            '0'..='7' => {
                let rest = self.rest();
                let more = rest.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let digits = format!("{character}{}", &rest[..more]);
                (char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?, more)
            }
            other => {
                text.extend(['\\', other]);
                return Some(());
            }
        };
        text.push(escaped);
        self.at += length;
        Some(())
    }
}
