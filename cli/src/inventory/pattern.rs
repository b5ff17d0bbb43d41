//! The language of host patterns: `web:&prod,!web3`, `web[0:2]`, `*.lan`, `~web\d+`.
//!
//! Reading only; [`Inventory::select`](super::Inventory::select) says which hosts are meant. The rules are Ansible's,
//! odd ones included: with a comma in it, a pattern is split at commas only, and whatever the order in which they are
//! written, unions come first, then intersections, then exclusions.

use std::net::IpAddr;

use regex::{Regex, RegexBuilder};

use crate::source::{Code, Diagnostic, Span};

/// A pattern that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct PatternError {
    what: String,
    /// The part of the pattern that is at fault.
    part: String,
    hint: String,
}

impl PatternError {
    pub(super) fn new(part: &str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), part: part.to_owned(), hint: hint.into() }
    }

    /// As a mistake in a file, or, without a place, on the command line.
    pub fn into_diagnostic(self, place: Option<&Span>) -> Diagnostic {
        let diagnostic = match place {
            None => Diagnostic::without_place(Code::BadPattern, self.what),
            Some(span) => {
                let part = span.text().find(&self.part).map(|at| span.range().start + at);
                let part = part.map(|start| Span::new(span.source(), start..start + self.part.len()));
                Diagnostic::new(Code::BadPattern, self.what, part.as_ref().unwrap_or(span), "")
            }
        };
        diagnostic.hint(self.hint)
    }
}

/// A part of a pattern.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) role: Role,
    /// As written, without `!` and `&`.
    pub(super) text: String,
    pub(super) matcher: Matcher,
    pub(super) range: Option<Subscript>,
}

/// What a part does to the hosts that the parts before it have found. The order is the one in which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Union,
    Intersection,
    Exclusion,
}

/// Which names a part matches.
#[derive(Debug)]
pub(super) enum Matcher {
    Name(String),
    Glob(Regex),
    /// After `~`; it matches from the beginning of a name.
    Regex(Regex),
}

/// `[0]`, `[-1]`, `[0:2]`, `[2:]`: some of the hosts that a part matches. Both ends count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subscript {
    One(i64),
    Range(usize, Option<usize>),
}

impl Matcher {
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Glob(regex) | Self::Regex(regex) => regex.is_match(name),
        }
    }
}

/// Reads a pattern. Without a union, all hosts are what its exclusions and intersections start from.
pub(super) fn parse(pattern: &str) -> Result<Vec<Term>, PatternError> {
    read(pattern, split(pattern).into_iter())
}

/// Reads the parts of a pattern.
pub(super) fn read<'a>(pattern: &str, parts: impl Iterator<Item = &'a str>) -> Result<Vec<Term>, PatternError> {
    let mut terms = parts.map(term).collect::<Result<Vec<_>, _>>()?;
    if terms.is_empty() {
        let hint = "`all` means every host; a group or a host is meant by its name";
        return Err(PatternError::new(pattern, "the pattern is empty", hint));
    }
    if terms.iter().all(|term| term.role != Role::Union) {
        terms.push(term("all")?);
    }
    terms.sort_by_key(|term| term.role);
    Ok(terms)
}

/// At commas, and where there is none at colons that are neither in brackets nor in an IPv6 address.
pub(super) fn split(pattern: &str) -> Vec<&str> {
    let parts: Vec<&str> = if pattern.contains(',') {
        pattern.split(',').collect()
    } else if pattern.trim_start_matches(['!', '&']).parse::<IpAddr>().is_ok() {
        vec![pattern]
    } else {
        let mut depth = 0_usize;
        pattern
            .split(|character: char| {
                match character {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && (character == ':' || character.is_whitespace())
            })
            .collect()
    };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn term(part: &str) -> Result<Term, PatternError> {
    let (role, text) = match (part.strip_prefix('!'), part.strip_prefix('&')) {
        (Some(text), _) => (Role::Exclusion, text),
        (_, Some(text)) => (Role::Intersection, text),
        _ => (Role::Union, part),
    };
    let (name, range) = if text.starts_with('~') { (text, None) } else { subscript(text) };
    if name.is_empty() {
        return Err(PatternError::new(part, format!("`{part}` names no host or group"), "write a name after it"));
    }
    let matcher = match name.strip_prefix('~') {
        Some(regex) => Matcher::Regex(compile(part, &format!("^(?:{regex})"))?),
        None if name.contains(['*', '?', '[']) => Matcher::Glob(compile(part, &glob(name))?),
        None => Matcher::Name(name.to_owned()),
    };
    Ok(Term { role, text: text.to_owned(), matcher, range })
}

fn subscript(text: &str) -> (&str, Option<Subscript>) {
    let read = || {
        let (name, range) = text.strip_suffix(']')?.rsplit_once('[')?;
        if let Ok(one) = range.parse() {
            return Some((name, Subscript::One(one)));
        }
        let (first, last) = range.split_once([':', '-'])?;
        let last = if last.is_empty() { None } else { Some(last.parse().ok()?) };
        Some((name, Subscript::Range(first.parse().ok()?, last)))
    };
    match read() {
        Some((name, range)) if !name.is_empty() => (name, Some(range)),
        _ => (text, None),
    }
}

fn compile(part: &str, regex: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(regex).size_limit(1 << 20).build().map_err(|_| {
        let hint = "after `~` stands a regular expression, without look-around and back references";
        PatternError::new(part, format!("`{part}` is not a pattern"), hint)
    })
}

/// A shell's pattern of names, as Python's `fnmatch` has it.
#[derive(Debug)]
pub(crate) struct NamePattern(Option<Regex>);

impl NamePattern {
    pub(crate) fn new(pattern: &str) -> Self {
        // What no regular expression can be made of matches nothing.
        Self(RegexBuilder::new(&glob(pattern)).size_limit(1 << 20).build().ok())
    }

    /// Whether it means a name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(name))
    }
}

/// A shell's pattern as a regular expression, by the rules of Python's `fnmatch`.
fn glob(pattern: &str) -> String {
    let mut regex = String::from("^(?s:");
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        match character {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => match rest.as_str().char_indices().skip(1).find(|&(_, character)| character == ']') {
                None => regex.push_str("\\["),
                Some((end, _)) => {
                    regex.push_str(&class(&rest.as_str()[..end]));
                    rest = rest.as_str()[end + 1..].chars();
                }
            },
            _ => regex.push_str(&regex::escape(&character.to_string())),
        }
    }
    regex + ")$"
}

/// What stands between brackets. A range that ends before it begins has nothing in it.
fn class(text: &str) -> String {
    let (negated, members) = text.strip_prefix('!').map_or((false, text), |members| (true, members));
    let members: Vec<char> = members.chars().collect();
    let (mut class, mut at) = (String::new(), 0);
    let escaped = |member: char| format!("\\u{{{:x}}}", u32::from(member));
    while at < members.len() {
        let range = members.get(at + 1) == Some(&'-') && at + 2 < members.len();
        match range {
            true if members[at] <= members[at + 2] => {
                class.extend([escaped(members[at]), "-".to_owned(), escaped(members[at + 2])]);
            }
            true => {}
            false => class.push_str(&escaped(members[at])),
        }
        at += if range { 3 } else { 1 };
    }
    match (class.as_str(), negated) {
        ("", false) => "[a&&b]".to_owned(),
        ("", true) => ".".to_owned(),
        (class, false) => format!("[{class}]"),
        (class, true) => format!("[^{class}]"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_is_split_where_ansible_splits_it() {
        assert_eq!(split("web:&prod:!web3"), ["web", "&prod", "!web3"]);
        assert_eq!(split("web[0:2]:db"), ["web[0:2]", "db"]);
        assert_eq!(split("web, db[1] ,!x"), ["web", "db[1]", "!x"]);
        assert_eq!(split("2001:db8::1"), ["2001:db8::1"]);
        assert_eq!(split(" : "), Vec::<&str>::new());
    }

    #[test]
    fn subscripts_are_told_from_names() {
        assert_eq!(subscript("web[0]"), ("web", Some(Subscript::One(0))));
        assert_eq!(subscript("web[-1]"), ("web", Some(Subscript::One(-1))));
        assert_eq!(subscript("web[1:]"), ("web", Some(Subscript::Range(1, None))));
        assert_eq!(subscript("web[0-2]"), ("web", Some(Subscript::Range(0, Some(2)))));
        assert_eq!(subscript("web[a-c]"), ("web[a-c]", None));
    }

    #[test]
    fn globs_match_as_the_shells_do() {
        let matches = |pattern: &str, name: &str| Regex::new(&glob(pattern)).unwrap().is_match(name);
        assert!(matches("web*.lan", "web1.lan"));
        assert!(!matches("web*.lan", "web1xlan"));
        assert!(matches("web[!1-2]", "web3"));
        assert!(!matches("web[!1-2]", "web1"));
        assert!(matches("web?", "web1"));
        assert!(!matches("web?", "web10"));
        assert!(matches("web[", "web["));
        assert!(!matches("web[2-1]", "web1"));
        assert!(matches("web[!2-1]", "web1"));
    }

    proptest! {
        #[test]
        fn reading_a_pattern_never_panics(pattern in "[a-c0-2:,!&~*?\\[\\] ().|+^é-]{0,20}") {
            let _ = parse(&pattern);
        }
    }
}
