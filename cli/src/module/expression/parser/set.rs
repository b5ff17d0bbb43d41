//! A set of characters: what stands in brackets.

use lvs_agent::state::Matcher;

use super::{
    super::{Mistake, class::Class},
    Parser,
};

/// A member of a set.
enum Member {
    Byte(u8),
    Class(Box<Class>),
}

impl Member {
    fn class(&self) -> Class {
        match self {
            Self::Byte(byte) => Class::byte(*byte),
            Self::Class(class) => (**class).clone(),
        }
    }
}

impl Parser<'_> {
    pub(super) fn class(&mut self, begin: usize) -> Result<Matcher, Mistake> {
        let is_inverted = self.take(b"^");
        let mut class = Class::empty();
        let first = self.at;
        loop {
            let start = self.at;
            let unterminated = || Mistake { what: "unterminated character set".to_owned(), at: begin };
            let byte = self.next().ok_or_else(unterminated)?;
            if byte == b']' && start != first {
                break;
            }
            let low = self.member(byte, start)?;
            if self.peek() != Some(b'-') {
                class = class.or(&low.class());
                continue;
            }
            self.at += 1;
            let middle = self.at;
            let byte = self.next().ok_or_else(unterminated)?;
            if byte == b']' {
                class = class.or(&low.class()).or(&Class::byte(b'-'));
                break;
            }
            match (low, self.member(byte, middle)?) {
                (Member::Byte(low), Member::Byte(high)) if low <= high => {
                    class = class.or(&Class::of(|byte| (low..=high).contains(&byte)));
                }
                _ => {
                    let range = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
                    return Err(Mistake { what: format!("bad character range {range}"), at: start });
                }
            }
        }
        let class = if self.flags.ignore_case { class.folded() } else { class };
        Ok(Matcher::Set(if is_inverted { class.inverted() } else { class }.ranges()))
    }

    fn member(&mut self, byte: u8, begin: usize) -> Result<Member, Mistake> {
        if byte != b'\\' {
            return Ok(Member::Byte(byte));
        }
        let byte = self.next().ok_or(Mistake { what: "bad escape (end of pattern)".to_owned(), at: begin })?;
        if let Some(class) = Class::named(byte) {
            return Ok(Member::Class(Box::new(class)));
        }
        Ok(Member::Byte(match byte {
            b'b' => 8,
            b'0'..=b'7' => {
                self.at -= 1;
                let digits = self.octal(3);
                let octal = u32::from_str_radix(digits, 8).unwrap_or(u32::MAX);
                u8::try_from(octal).map_err(|_| Mistake {
                    what: format!("octal escape value \\{digits} outside of range 0-0o377"),
                    at: begin,
                })?
            }
            b'8' | b'9' => {
                return Err(Mistake { what: format!("bad escape \\{}", char::from(byte)), at: begin });
            }
            byte => self.character(byte, begin)?,
        }))
    }
}
