//! Following a regular expression as Python's `re` does: the first alternative that leads to a match, going back where
//! one does not.
//!
//! Going back can take for ever, and deep; both have a bound, and to reach it is an error that names the expression.

use crate::state::{Anchor, LookAround, Matcher, Pattern, Piece, Repeat};

/// Most steps of one search.
const MAX_STEPS: u64 = 20_000_000;

/// Deepest nesting of parts that are being matched: each takes some stack.
const MAX_DEPTH: u32 = 1_000;

/// There are too many ways in which an expression could match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are too many ways in which `{}` could match", .0.escape_debug())]
pub struct Endless(pub String);

/// Where groups have matched; the first is all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match(Vec<Option<(usize, usize)>>);

/// What is left to be matched.
type Then<'t, 'a> = dyn FnMut(&mut Search<'a>, usize) -> bool + 't;

struct Search<'a> {
    text: &'a [u8],
    groups: Vec<Option<(usize, usize)>>,
    steps: u64,
    depth: u32,
}

impl Pattern {
    /// The first match in a text.
    pub fn search(&self, text: &[u8]) -> Result<Option<Match>, Endless> {
        let groups = usize::try_from(self.groups).unwrap_or(usize::MAX).min(1000) + 1;
        let mut search = Search { text, groups: vec![None; groups], steps: 0, depth: 0 };
        for start in 0..=text.len() {
            search.groups.fill(None);
            let mut end = start;
            let is_found = search.matches(&self.root, start, &mut |_, at| {
                end = at;
                true
            });
            if search.steps > MAX_STEPS || search.depth > MAX_DEPTH {
                return Err(Endless(self.text.clone()));
            }
            if is_found {
                search.groups[0] = Some((start, end));
                return Ok(Some(Match(search.groups)));
            }
        }
        Ok(None)
    }

    /// Whether it matches anywhere in a text.
    pub fn is_in(&self, text: &[u8]) -> Result<bool, Endless> {
        self.search(text).map(|found| found.is_some())
    }
}

impl Match {
    /// Where all of it is.
    pub fn span(&self) -> (usize, usize) {
        self.0[0].unwrap_or_default()
    }

    /// What a group has matched.
    pub fn group<'a>(&self, text: &'a [u8], number: u32) -> Option<&'a [u8]> {
        let (start, end) = (*self.0.get(usize::try_from(number).ok()?)?)?;
        text.get(start..end)
    }

    /// A replacement, with what the groups have matched.
    pub fn expand(&self, text: &[u8], pieces: &[Piece]) -> Vec<u8> {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone().into_bytes(),
            Piece::Group(number) => self.group(text, *number).unwrap_or_default().to_vec(),
        };
        pieces.iter().flat_map(piece).collect()
    }
}

impl<'a> Search<'a> {
    /// Whether a part matches at a place, and then what is left.
    fn matches(&mut self, matcher: &'a Matcher, at: usize, then: &mut Then<'_, 'a>) -> bool {
        self.steps += 1;
        self.depth += 1;
        // Both stay above their bound, so that all that is under way ends.
        if self.steps > MAX_STEPS || self.depth > MAX_DEPTH {
            self.depth = MAX_DEPTH + 1;
            return false;
        }
        let is_match = self.go(matcher, at, then);
        if self.depth <= MAX_DEPTH {
            self.depth -= 1;
        }
        is_match
    }

    fn go(&mut self, matcher: &'a Matcher, at: usize, then: &mut Then<'_, 'a>) -> bool {
        match matcher {
            Matcher::Bytes(bytes) => self.text[at..].starts_with(bytes) && then(self, at + bytes.len()),
            Matcher::Set(ranges) => self.has(ranges, at) && then(self, at + 1),
            Matcher::All(parts) => self.all(parts, at, then),
            Matcher::Either(parts) => parts.iter().any(|part| self.matches(part, at, then)),
            Matcher::Repeat(repeat) => match &repeat.of {
                Matcher::Set(ranges) => self.many(ranges, repeat, at, then),
                _ => self.again(repeat, 0, at, None, then),
            },
            Matcher::Group(number, part) => self.group(*number, part, at, then),
            Matcher::Back(number, folds) => {
                let Some((start, end)) = self.groups.get(index(*number)).copied().flatten() else { return false };
                let (text, end_here) = (self.text, at + end - start);
                let is_same = text.get(at..end_here).is_some_and(|here| {
                    here == &text[start..end] || (*folds && here.eq_ignore_ascii_case(&text[start..end]))
                });
                is_same && then(self, end_here)
            }
            Matcher::At(anchor) => self.is_at(*anchor, at) && then(self, at),
            Matcher::Look(look) => self.looks(look, at) && then(self, at),
            Matcher::Atomic(part) => {
                let mut end = at;
                let is_match = self.matches(part, at, &mut |_, at| {
                    end = at;
                    true
                });
                is_match && then(self, end)
            }
            Matcher::IfGroup(number, yes, no) => {
                let has_matched = self.groups.get(index(*number)).copied().flatten().is_some();
                self.matches(if has_matched { yes } else { no }, at, then)
            }
        }
    }

    fn all(&mut self, parts: &'a [Matcher], at: usize, then: &mut Then<'_, 'a>) -> bool {
        match parts {
            [] => then(self, at),
            [part] => self.matches(part, at, then),
            [part, rest @ ..] => self.matches(part, at, &mut |search, at| search.all(rest, at, then)),
        }
    }

    fn group(&mut self, number: u32, part: &'a Matcher, at: usize, then: &mut Then<'_, 'a>) -> bool {
        let number = index(number);
        let before = self.groups.get(number).copied().flatten();
        let is_match = self.matches(part, at, &mut |search, end| {
            let inner = search.groups.get(number).copied().flatten();
            if let Some(group) = search.groups.get_mut(number) {
                *group = Some((at, end));
            }
            let is_match = then(search, end);
            if !is_match && let Some(group) = search.groups.get_mut(number) {
                *group = inner;
            }
            is_match
        });
        if !is_match && let Some(group) = self.groups.get_mut(number) {
            *group = before;
        }
        is_match
    }

    /// A byte of a set again and again, without nesting.
    fn many(&mut self, ranges: &[(u8, u8)], repeat: &Repeat, at: usize, then: &mut Then<'_, 'a>) -> bool {
        let most = repeat.most.map_or(usize::MAX, index);
        let least = index(repeat.least);
        let longest = (0..most.min(self.text.len() - at)).take_while(|count| self.has(ranges, at + count)).count();
        if longest < least {
            return false;
        }
        let mut try_one = |count: usize| {
            self.steps += 1;
            self.steps <= MAX_STEPS && then(self, at + count)
        };
        if repeat.lazy { (least..=longest).any(&mut try_one) } else { (least..=longest).rev().any(&mut try_one) }
    }

    /// A part again and again; `last` is where it was tried before.
    fn again(
        &mut self,
        repeat: &'a Repeat,
        count: u32,
        at: usize,
        last: Option<usize>,
        then: &mut Then<'_, 'a>,
    ) -> bool {
        let may_end = count >= repeat.least;
        if repeat.lazy && may_end && then(self, at) {
            return true;
        }
        // Nothing, once more at the same place, would be nothing for ever.
        let goes_on = repeat.most.is_none_or(|most| count < most)
            && (last != Some(at) || !may_end)
            && self.matches(&repeat.of, at, &mut |search, end| search.again(repeat, count + 1, end, Some(at), then));
        goes_on || (!repeat.lazy && may_end && then(self, at))
    }

    fn looks(&mut self, look: &'a LookAround, at: usize) -> bool {
        let start = match look.behind {
            None => Some(at),
            Some(bytes) => at.checked_sub(index(bytes)),
        };
        let before = self.groups.clone();
        let is_there =
            start.is_some_and(|start| self.matches(&look.of, start, &mut |_, end| look.behind.is_none() || end == at));
        if look.not {
            self.groups = before;
        }
        is_there != look.not
    }

    fn has(&self, ranges: &[(u8, u8)], at: usize) -> bool {
        self.text.get(at).is_some_and(|byte| ranges.iter().any(|(from, to)| (from..=to).contains(&byte)))
    }

    fn is_at(&self, anchor: Anchor, at: usize) -> bool {
        let (before, after) = (at.checked_sub(1).map(|at| self.text[at]), self.text.get(at));
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let is_boundary = before.as_ref().is_some_and(is_word) != after.is_some_and(is_word);
        match anchor {
            Anchor::Start => at == 0,
            Anchor::LineStart => before.is_none_or(|byte| byte == b'\n'),
            Anchor::End => matches!(self.text[at..], [] | [b'\n']),
            Anchor::LineEnd => after.is_none_or(|byte| *byte == b'\n'),
            Anchor::VeryEnd => after.is_none(),
            Anchor::Boundary => is_boundary,
            // Python's older versions find none in an empty text.
            Anchor::NoBoundary => !is_boundary && !self.text.is_empty(),
        }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(from: u8, to: u8) -> Matcher {
        Matcher::Set(vec![(from, to)])
    }

    fn many(of: Matcher) -> Matcher {
        Matcher::Repeat(Box::new(Repeat { of, least: 1, most: None, lazy: false }))
    }

    fn pattern(root: Matcher, groups: u32) -> Pattern {
        Pattern { text: "test".to_owned(), root, names: vec![], groups, multiline: false }
    }

    #[test]
    fn groups_are_found_and_put_into_a_replacement() {
        let parts = vec![
            Matcher::Group(1, Box::new(many(set(b'a', b'z')))),
            Matcher::Bytes(b"=".to_vec()),
            Matcher::Group(2, Box::new(many(set(b'0', b'9')))),
            Matcher::At(Anchor::End),
        ];
        let (pattern, text) = (pattern(Matcher::All(parts), 2), b"# port=80\n");
        let found = pattern.search(text).unwrap().unwrap();
        assert_eq!(found.span(), (2, 9));
        let pieces = [Piece::Group(2), Piece::Text(" is ".to_owned()), Piece::Group(1), Piece::Group(9)];
        assert_eq!(found.expand(text, &pieces), b"80 is port");
        assert_eq!(pattern.search(b"port=80 ").unwrap(), None);
    }

    #[test]
    fn an_expression_without_end_is_an_error_and_not_a_hang() {
        let nested = many(Matcher::Group(1, Box::new(many(set(b'a', b'a')))));
        let pattern = pattern(Matcher::All(vec![nested, Matcher::Bytes(b"b".to_vec())]), 1);
        assert_eq!(pattern.search(&[b'a'; 64]).unwrap_err(), Endless("test".to_owned()));
        let deep = Matcher::Repeat(Box::new(Repeat {
            of: Matcher::Group(1, Box::new(set(b'a', b'a'))),
            least: 0,
            most: None,
            lazy: false,
        }));
        let deep = Pattern { root: deep, ..pattern };
        assert!(deep.search(&vec![b'a'; 100_000]).is_err());
    }
}
