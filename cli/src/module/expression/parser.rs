//! Reading an expression.

use lvs_agent::state::{Anchor, LookAround, Matcher, Pattern, Repeat};

use super::{Mistake, class::Class};

/// Deepest nesting of groups: each takes some levels of JSON.
const MAX_DEPTH: u32 = 20;

/// Most of a repetition, as a bound against nonsense.
const MAX_REPEAT: u32 = 65_535;

/// Longest expression.
const MAX_LENGTH: usize = 10_000;

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of an expression, each on or off")]
struct Flags {
    ignore_case: bool,
    multiline: bool,
    dot_all: bool,
    verbose: bool,
}

/// Reads an expression.
pub(super) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    flags: Flags,
    names: Vec<(String, u32)>,
    groups: u32,
    open: Vec<u32>,
    depth: u32,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, multiline: bool) -> Self {
        let flags = Flags { multiline, ..Flags::default() };
        let (names, open) = (Vec::new(), Vec::new());
        Self { text, bytes: text.as_bytes(), at: 0, flags, names, groups: 0, open, depth: 0 }
    }

    pub(super) fn pattern(mut self) -> Result<Pattern, Mistake> {
        if self.text.len() > MAX_LENGTH {
            return Err(self.mistake(format!("it is longer than {MAX_LENGTH} bytes")));
        }
        let root = self.either()?;
        if self.peek().is_some() {
            return Err(self.mistake("unbalanced parenthesis"));
        }
        let multiline = self.flags.multiline;
        Ok(Pattern { text: self.text.to_owned(), root, names: self.names, groups: self.groups, multiline })
    }

    fn either(&mut self) -> Result<Matcher, Mistake> {
        let mut branches = vec![self.sequence()?];
        while self.take(b"|") {
            branches.push(self.sequence()?);
        }
        Ok(match branches.len() {
            1 => branches.remove(0),
            _ => Matcher::Either(branches),
        })
    }

    fn sequence(&mut self) -> Result<Matcher, Mistake> {
        let mut parts = Vec::new();
        loop {
            if self.flags.verbose {
                self.skip_comments();
            }
            match self.peek() {
                None | Some(b'|' | b')') => break,
                Some(b'*' | b'+' | b'?') => return Err(self.mistake("nothing to repeat")),
                Some(_) => {}
            }
            let begin = self.at;
            let Some(part) = self.atom(begin == 0)? else { continue };
            let (part, _) = self.repeated(part)?;
            parts.push(part);
        }
        Ok(joined(parts))
    }

    /// What follows a part: how often it is repeated.
    fn repeated(&mut self, part: Matcher) -> Result<(Matcher, bool), Mistake> {
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

    /// One part; `None` for what matches nothing at all: a comment, flags.
    fn atom(&mut self, is_first: bool) -> Result<Option<Matcher>, Mistake> {
        let begin = self.at;
        let Some(byte) = self.next() else { return Err(self.mistake("unexpected end")) };
        Ok(Some(match byte {
            b'.' if self.flags.dot_all => Matcher::Set(vec![(0, 255)]),
            b'.' => Matcher::Set(Class::byte(b'\n').inverted().ranges()),
            b'^' => Matcher::At(if self.flags.multiline { Anchor::LineStart } else { Anchor::Start }),
            b'$' => Matcher::At(if self.flags.multiline { Anchor::LineEnd } else { Anchor::End }),
            b'[' => self.class(begin)?,
            b'(' => return self.group(begin, is_first),
            b'\\' => self.escape(begin)?,
            byte => self.literal(byte),
        }))
    }

    fn literal(&self, byte: u8) -> Matcher {
        if self.flags.ignore_case && byte.is_ascii_alphabetic() {
            Matcher::Set(Class::byte(byte).folded().ranges())
        } else {
            Matcher::Bytes(vec![byte])
        }
    }

    fn set(&self, class: &Class) -> Matcher {
        Matcher::Set(if self.flags.ignore_case { class.folded() } else { class.clone() }.ranges())
    }

    fn escape(&mut self, begin: usize) -> Result<Matcher, Mistake> {
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

    fn back(&mut self, number: u32, begin: usize) -> Result<Matcher, Mistake> {
        if self.open.contains(&number) {
            return Err(Mistake { what: "cannot refer to an open group".to_owned(), at: begin });
        }
        if number == 0 || number > self.groups {
            return Err(Mistake { what: format!("invalid group reference {number}"), at: begin });
        }
        Ok(Matcher::Back(number, self.flags.ignore_case))
    }

    /// A byte written as an escape, in a class or outside of one.
    fn character(&mut self, byte: u8, begin: usize) -> Result<u8, Mistake> {
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
    fn octal(&mut self, most: usize) -> &'a str {
        let start = self.at;
        while self.at < start + most && matches!(self.peek(), Some(b'0'..=b'7')) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn class(&mut self, begin: usize) -> Result<Matcher, Mistake> {
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

    fn group(&mut self, begin: usize, is_first: bool) -> Result<Option<Matcher>, Mistake> {
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

    fn skip_comments(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t'..=b'\r' => self.at += 1,
                b'#' => while self.next().is_some_and(|byte| byte != b'\n') {},
                _ => break,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, text: &[u8]) -> bool {
        let is_there = self.bytes[self.at..].starts_with(text);
        if is_there {
            self.at += text.len();
        }
        is_there
    }

    fn mistake(&self, what: impl Into<String>) -> Mistake {
        Mistake { what: what.into(), at: self.at }
    }
}

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

fn value(digits: &str, radix: u32) -> u8 {
    u8::from_str_radix(digits, radix).unwrap_or(0)
}

fn look(of: Matcher, not: bool, behind: Option<u32>) -> Matcher {
    Matcher::Look(Box::new(LookAround { of, not, behind }))
}

/// Parts one after another, with bytes that follow each other in one.
fn joined(parts: Vec<Matcher>) -> Matcher {
    let mut joined: Vec<Matcher> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Matcher::Bytes(bytes)), Matcher::Bytes(more)) => bytes.extend(more),
            (_, part) => joined.push(part),
        }
    }
    match joined.len() {
        1 => joined.remove(0),
        _ => Matcher::All(joined),
    }
}

/// How many bytes a part matches at least and at most; `None` where that cannot be told.
fn width(matcher: &Matcher) -> Option<(u32, Option<u32>)> {
    let bytes = |length: usize| u32::try_from(length).ok().map(|length| (length, Some(length)));
    match matcher {
        Matcher::Bytes(text) => bytes(text.len()),
        Matcher::Set(_) => Some((1, Some(1))),
        Matcher::All(parts) => parts.iter().map(width).try_fold((0, Some(0)), |(least, most), part| {
            let (more_least, more_most) = part?;
            Some((least + more_least, most.zip(more_most).map(|(most, more)| most + more)))
        }),
        Matcher::Either(parts) => {
            let widths = parts.iter().map(width).collect::<Option<Vec<_>>>()?;
            let least = widths.iter().map(|(least, _)| *least).min()?;
            let most = widths.iter().map(|(_, most)| *most).try_fold(0, |most, more| Some(most.max(more?)));
            Some((least, most))
        }
        Matcher::Repeat(repeat) => {
            let (least, most) = width(&repeat.of)?;
            let most = most.zip(repeat.most).and_then(|(most, times)| most.checked_mul(times));
            Some((least.checked_mul(repeat.least)?, most))
        }
        Matcher::Group(_, inner) | Matcher::Atomic(inner) => width(inner),
        Matcher::At(_) | Matcher::Look(_) => bytes(0),
        Matcher::Back(..) => None,
        Matcher::IfGroup(_, yes, no) => {
            let ((a, b), (c, d)) = (width(yes)?, width(no)?);
            Some((a.min(c), b.zip(d).map(|(b, d)| b.max(d))))
        }
    }
}
