//! What follows a backslash: an anchor, a class, a group before, or a byte.

use lvs_agent::state::{Anchor, Matcher};

use super::{
    super::{Mistake, class::Class},
    Parser,
};

impl<'a> Parser<'a> {
    pub(super) fn escape(&mut self, begin: usize) -> Result<Matcher, Mistake> {
        let Some(byte) = self.next() else {
            return Err(Mistake { what: "bad escape (end of pattern)".to_owned(), at: begin });
        };
        Ok(match byte {
            b'A' => Matcher::At(Anchor::Start),
            b'Z' => Matcher::At(Anchor::VeryEnd),
            b'b' => Matcher::At(Anchor::Boundary),
            b'B' => Matcher::At(Anchor::NoBoundary),
            b'0' => {
                let digits = self.octal(2);
                self.literal(value(digits, 8))
            }
            b'1'..=b'9' => self.back_or_octal(byte, begin)?,
            byte => {
                if let Some(class) = Class::named(byte) {
                    return Ok(self.set(&class));
                }
                let byte = self.character(byte, begin)?;
                self.literal(byte)
            }
        })
    }

    fn back_or_octal(&mut self, first: u8, begin: usize) -> Result<Matcher, Mistake> {
        let mut number = u32::from(first - b'0');
        if let Some(second @ b'0'..=b'9') = self.peek() {
            let third = self.bytes.get(self.at + 1).copied();
            if let (b'0'..=b'7', b'0'..=b'7', Some(b'0'..=b'7')) = (first, second, third) {
                let digits = &self.text[self.at - 1..self.at + 2];
                self.at += 2;
                let octal = u32::from_str_radix(digits, 8).unwrap_or(u32::MAX);
                let byte = u8::try_from(octal).map_err(|_| Mistake {
                    what: format!("octal escape value \\{digits} outside of range 0-0o377"),
                    at: begin,
                })?;
                return Ok(self.literal(byte));
            }
            self.at += 1;
            number = number * 10 + u32::from(second - b'0');
        }
        self.back(number, begin)
    }

    pub(super) fn back(&mut self, number: u32, begin: usize) -> Result<Matcher, Mistake> {
        if self.open.contains(&number) {
            return Err(Mistake { what: "cannot refer to an open group".to_owned(), at: begin });
        }
        if number == 0 || number > self.groups {
            return Err(Mistake { what: format!("invalid group reference {number}"), at: begin });
        }
        Ok(Matcher::Back(number, self.flags.ignore_case))
    }

    /// A byte written as an escape, in a class or outside of one.
    pub(super) fn character(&mut self, byte: u8, begin: usize) -> Result<u8, Mistake> {
        Ok(match byte {
            b'a' => 7,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'x' => {
                let digits = self.text.get(self.at..self.at + 2).unwrap_or_default();
                let value = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
                let value = value.ok_or_else(|| Mistake { what: "incomplete escape \\x".to_owned(), at: begin })?;
                self.at += 2;
                value
            }
            byte if byte.is_ascii_alphabetic() => {
                return Err(Mistake { what: format!("bad escape \\{}", char::from(byte)), at: begin });
            }
            byte => byte,
        })
    }

    /// Up to so many octal digits.
    pub(super) fn octal(&mut self, most: usize) -> &'a str {
        let start = self.at;
        while self.at < start + most && matches!(self.peek(), Some(b'0'..=b'7')) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }
}

fn value(digits: &str, radix: u32) -> u8 {
    u8::from_str_radix(digits, radix).unwrap_or(0)
}
