//! How often a part is repeated.

use lvs_agent::state::{Matcher, Repeat};

use super::{super::Mistake, Parser};

/// Most of a repetition, as a bound against nonsense.
const MAX_REPEAT: u32 = 65_535;

impl Parser<'_> {
    /// What follows a part: how often it is repeated.
    pub(super) fn repeated(&mut self, part: Matcher) -> Result<(Matcher, bool), Mistake> {
        if self.flags.verbose {
            self.skip_comments();
        }
        let begin = self.at;
        let Some((least, most)) = self.quantifier()? else { return Ok((part, false)) };
        let is_nothing = matches!(&part, Matcher::At(_)) || matches!(&part, Matcher::All(parts) if parts.is_empty());
        if is_nothing {
            return Err(Mistake { what: "nothing to repeat".to_owned(), at: begin });
        }
        let (lazy, possessive) = (self.take(b"?"), self.peek() == Some(b'+'));
        let possessive = possessive && !lazy && self.take(b"+");
        let part = Matcher::Repeat(Box::new(Repeat { of: part, least, most, lazy }));
        let part = if possessive { Matcher::Atomic(Box::new(part)) } else { part };
        let next = self.at;
        if self.quantifier()?.is_some() {
            return Err(Mistake { what: "multiple repeat".to_owned(), at: next });
        }
        Ok((part, true))
    }

    fn quantifier(&mut self) -> Result<Option<(u32, Option<u32>)>, Mistake> {
        let begin = self.at;
        let range = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => {
                self.at += 1;
                if self.peek() == Some(b'}') {
                    self.at = begin;
                    return Ok(None);
                }
                let least = self.number(begin)?;
                let most = if self.take(b",") { self.number(begin)? } else { least };
                if !self.take(b"}") {
                    self.at = begin;
                    return Ok(None);
                }
                if most.is_some_and(|most| most < least.unwrap_or(0)) {
                    return Err(Mistake { what: "min repeat greater than max repeat".to_owned(), at: begin });
                }
                return Ok(Some((least.unwrap_or(0), most)));
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(range))
    }

    fn number(&mut self, begin: usize) -> Result<Option<u32>, Mistake> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = &self.text[start..self.at];
        if digits.is_empty() {
            return Ok(None);
        }
        let number = digits.parse().ok().filter(|number| *number <= MAX_REPEAT);
        number.map(Some).ok_or_else(|| Mistake { what: "the repetition number is too large".to_owned(), at: begin })
    }
}
