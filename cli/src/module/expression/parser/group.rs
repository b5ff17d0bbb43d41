//! What stands in parentheses: groups, looks around, conditions, flags and comments.

use lvs_agent::state::{LookAround, Matcher};

use super::{super::Mistake, Parser, width::width};

/// Deepest nesting of groups: each takes some levels of JSON.
const MAX_DEPTH: u32 = 20;

impl Parser<'_> {
    pub(super) fn group(&mut self, begin: usize, is_first: bool) -> Result<Option<Matcher>, Mistake> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Mistake { what: "the groups are nested too deeply".to_owned(), at: begin });
        }
        let flags = self.flags;
        let matcher = if !self.take(b"?") {
            Some(self.numbered(None, begin)?)
        } else if self.take(b"#") {
            while self
                .next()
                .ok_or_else(|| Mistake { what: "missing ), unterminated comment".to_owned(), at: begin })?
                != b')'
            {}
            self.depth -= 1;
            return Ok(None);
        } else if self.take(b"P<") {
            let name = self.name(b'>', "unterminated name")?;
            Some(self.numbered(Some(name), begin)?)
        } else if self.take(b"P=") {
            let start = self.at;
            let name = self.name(b')', "missing ), unterminated name")?;
            let number = self.number_of(&name, start)?;
            self.depth -= 1;
            return self.back(number, start).map(Some);
        } else if self.take(b":") {
            Some(self.either()?)
        } else if self.take(b">") {
            Some(Matcher::Atomic(Box::new(self.either()?)))
        } else if self.take(b"=") {
            Some(look(self.either()?, false, None))
        } else if self.take(b"!") {
            Some(look(self.either()?, true, None))
        } else if self.take(b"<=") {
            Some(self.behind(false, begin)?)
        } else if self.take(b"<!") {
            Some(self.behind(true, begin)?)
        } else if self.take(b"(") {
            Some(self.conditional(begin)?)
        } else {
            match self.flags(begin)? {
                true => Some(self.either()?),
                false if is_first => {
                    self.depth -= 1;
                    return Ok(None);
                }
                false => {
                    return Err(Mistake {
                        what: "global flags not at the start of the expression".to_owned(),
                        at: begin,
                    });
                }
            }
        };
        self.flags = flags;
        if !self.take(b")") {
            return Err(Mistake { what: "missing ), unterminated subpattern".to_owned(), at: begin });
        }
        self.depth -= 1;
        Ok(matcher)
    }

    fn numbered(&mut self, name: Option<String>, begin: usize) -> Result<Matcher, Mistake> {
        self.groups += 1;
        let number = self.groups;
        if number > 100 {
            return Err(Mistake { what: "more than 100 groups".to_owned(), at: begin });
        }
        if let Some(name) = name {
            if self.names.iter().any(|(known, _)| *known == name) {
                return Err(Mistake { what: format!("redefinition of group name {name}"), at: begin });
            }
            self.names.push((name, number));
        }
        self.open.push(number);
        let inner = self.either()?;
        self.open.pop();
        Ok(Matcher::Group(number, Box::new(inner)))
    }

    fn behind(&mut self, not: bool, begin: usize) -> Result<Matcher, Mistake> {
        let inner = self.either()?;
        match width(&inner) {
            Some((least, Some(most))) if least == most => Ok(look(inner, not, Some(least))),
            _ => Err(Mistake { what: "look-behind requires fixed-width pattern".to_owned(), at: begin }),
        }
    }

    fn conditional(&mut self, begin: usize) -> Result<Matcher, Mistake> {
        let start = self.at;
        let name = self.name(b')', "missing ), unterminated name")?;
        let number = match name.parse() {
            Ok(number) => number,
            Err(_) => self.number_of(&name, start)?,
        };
        if number == 0 || number > 100 {
            return Err(Mistake { what: "bad group number".to_owned(), at: start });
        }
        let yes = self.sequence()?;
        let no = if self.take(b"|") { self.sequence()? } else { Matcher::All(Vec::new()) };
        if self.peek() == Some(b'|') {
            return Err(Mistake { what: "conditional backref with more than two branches".to_owned(), at: begin });
        }
        Ok(Matcher::IfGroup(number, Box::new(yes), Box::new(no)))
    }

    /// Flags; whether a group follows for which alone they hold.
    fn flags(&mut self, begin: usize) -> Result<bool, Mistake> {
        let mut is_on = true;
        loop {
            let at = self.at;
            match self.next() {
                Some(b'a') if is_on => {}
                Some(b'i') => self.flags.ignore_case = is_on,
                Some(b'm') => self.flags.multiline = is_on,
                Some(b's') => self.flags.dot_all = is_on,
                Some(b'x') => self.flags.verbose = is_on,
                Some(b'-') if is_on => is_on = false,
                Some(b':') => return Ok(true),
                Some(b')') if is_on => return Ok(false),
                Some(b'u') => {
                    return Err(Mistake {
                        what: "bad inline flags: cannot use 'u' flag with a bytes pattern".to_owned(),
                        at,
                    });
                }
                Some(b'L') => return Err(Mistake { what: "the flag L depends on the node's locale".to_owned(), at }),
                _ => {
                    let shown = String::from_utf8_lossy(&self.bytes[begin + 1..self.at]).into_owned();
                    return Err(Mistake { what: format!("unknown extension {shown}"), at: begin });
                }
            }
        }
    }

    fn name(&mut self, end: u8, missing: &str) -> Result<String, Mistake> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte != end) {
            self.at += 1;
        }
        let name = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
        if self.next().is_none() {
            return Err(Mistake { what: missing.to_owned(), at: start });
        }
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        if !is_name || (name.starts_with(|c: char| c.is_ascii_digit()) && !is_number) {
            return Err(Mistake { what: format!("bad character in group name '{name}'"), at: start });
        }
        Ok(name)
    }

    fn number_of(&self, name: &str, at: usize) -> Result<u32, Mistake> {
        let found = self.names.iter().find(|(known, _)| known == name).map(|(_, number)| *number);
        found.ok_or_else(|| Mistake { what: format!("unknown group name '{name}'"), at })
    }
}

fn look(of: Matcher, not: bool, behind: Option<u32>) -> Matcher {
    Matcher::Look(Box::new(LookAround { of, not, behind }))
}
