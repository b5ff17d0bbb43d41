//! Reading an expression.

mod escape;
mod group;
mod quantifier;
mod set;
mod width;

use lvs_agent::state::{Anchor, Matcher, Pattern};

use super::{Mistake, class::Class};

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
