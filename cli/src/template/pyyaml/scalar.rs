//! Texts: plain, or in quotes and folded where they are long.

use super::{
    analysis::Analysis,
    emitter::{Emitter, Position},
};
use crate::yaml;

impl Emitter<'_> {
    pub(super) fn scalar(&mut self, text: &str, is_text: bool, position: Position) {
        let analysis = Analysis::of(text);
        let is_key = position == Position::Key;
        let fits = if self.flow_level > 0 { analysis.flow_plain } else { analysis.block_plain };
        let is_plain =
            (!is_text || yaml::is_plain_text(text)) && !(is_key && (text.is_empty() || analysis.multiline)) && fits;
        if is_plain {
            self.plain(text, !is_key);
        } else if analysis.single_quoted && !(is_key && analysis.multiline) {
            self.single_quoted(text, !is_key);
        } else {
            self.double_quoted(text, !is_key);
        }
    }

    fn plain(&mut self, text: &str, split: bool) {
        if text.is_empty() {
            return;
        }
        if !self.whitespace {
            self.write(" ");
        }
        self.whitespace = false;
        self.indention = false;
        self.words(text, split, false);
    }

    /// Words with single spaces between them where a line is full; plain text has no line breaks.
    fn words(&mut self, text: &str, split: bool, quoted: bool) {
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(' ').unwrap_or(rest.len());
            self.write(&rest[..word]);
            rest = &rest[word..];
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            let is_outer = quoted && (rest.len() == spaces || rest.len() == text.len());
            if spaces == 1 && self.column > self.width() && split && !is_outer {
                self.write_indent();
                self.whitespace = false;
                self.indention = false;
            } else {
                self.write(&rest[..spaces]);
            }
            rest = &rest[spaces..];
        }
    }

    fn single_quoted(&mut self, text: &str, split: bool) {
        self.indicator("'", true, false, false);
        let is_break = |c: char| matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let mut rest = text;
        while !rest.is_empty() {
            let line = rest.find(is_break).unwrap_or(rest.len());
            self.words(&rest[..line].replace('\'', "''"), split, true);
            rest = &rest[line..];
            let breaks = rest.find(|c| !is_break(c)).unwrap_or(rest.len());
            if breaks > 0 {
                if rest.starts_with('\n') {
                    self.line_break();
                }
                for end in rest[..breaks].chars() {
                    self.line_break();
                    if end != '\n' {
                        self.out.pop();
                        self.out.push(end);
                    }
                }
                self.write_indent();
            }
            rest = &rest[breaks..];
        }
        self.indicator("'", false, false, false);
    }

    fn double_quoted(&mut self, text: &str, split: bool) {
        self.indicator("\"", true, false, false);
        let characters: Vec<char> = text.chars().collect();
        let mut pending = String::new();
        for (index, &character) in characters.iter().enumerate() {
            let escaped = escape(character);
            if let Some(escape) = &escaped {
                let text = std::mem::take(&mut pending);
                self.write(&text);
                self.write(escape);
            }
            let is_place = character == ' ' || escaped.is_some();
            let is_full = self.column + pending.chars().count() > self.width();
            if 0 < index && index + 1 < characters.len() && is_place && is_full && split {
                let text = std::mem::take(&mut pending) + "\\";
                self.write(&text);
                self.write_indent();
                self.whitespace = false;
                self.indention = false;
                let next = if escaped.is_some() { characters.get(index + 1).copied() } else { Some(character) };
                if next == Some(' ') {
                    self.write("\\");
                }
            }
            if escaped.is_none() {
                pending.push(character);
            }
        }
        self.write(&pending);
        self.indicator("\"", false, false, false);
    }
}

fn escape(character: char) -> Option<String> {
    let short = match character {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        ' '..='~' | '\u{a1}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => return None,
        _ => {
            let code = u32::from(character);
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{short}"))
}
