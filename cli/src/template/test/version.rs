//! Versions: loosely compared, strictly, by semver.org, or as packages of Python.

use std::cmp::Ordering;

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("version", version), ("version_compare", version)]);
}

fn version(value: &Value, arguments: &mut Arguments) -> Result<bool, Error> {
    let (this, other) = (python::text(value)?, python::text(&arguments.required("version")?)?);
    let operator = arguments.text("operator")?.unwrap_or_else(|| "eq".to_owned());
    let strict = arguments.value("strict")?.filter(|strict| !strict.is_none());
    let kind = arguments.text("version_type")?;
    if strict.is_some() && kind.is_some() {
        return Err(failed("give `strict` or `version_type`, not both"));
    }
    if this.is_empty() || other.is_empty() {
        return Err(failed("a version is empty"));
    }
    let kind = if strict.is_some_and(|strict| strict.is_true()) { Some("strict".to_owned()) } else { kind };
    let compare = match kind.as_deref() {
        None | Some("loose") => loose,
        Some("strict") => strict_versions,
        Some("semver" | "semantic") => semantic,
        Some("pep440") => pep440,
        Some(_) => return Err(failed("the type is loose, strict, semver, semantic or pep440")),
    };
    let holds: fn(Ordering) -> bool = match operator.as_str() {
        "==" | "=" | "eq" => Ordering::is_eq,
        "!=" | "<>" | "ne" => Ordering::is_ne,
        "<" | "lt" => Ordering::is_lt,
        "<=" | "le" => Ordering::is_le,
        ">" | "gt" => Ordering::is_gt,
        ">=" | "ge" => Ordering::is_ge,
        _ => return Err(failed("the operator is one of ==, !=, <, <=, >, >=, eq, ne, lt, le, gt, ge")),
    };
    let ordering = compare(&this, &other).ok_or_else(|| failed("the versions cannot be compared in this way"))?;
    Ok(holds(ordering))
}

/// A part of a version.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Debug)]
enum Part {
    Number(u64),
    Text(String),
}

/// Numbers and words, one after the other; a number and a word cannot be compared.
fn loose(this: &str, other: &str) -> Option<Ordering> {
    let (this, other) = (loose_parts(this), loose_parts(other));
    for (a, b) in this.iter().zip(&other) {
        match (a, b) {
            (Part::Number(_), Part::Text(_)) | (Part::Text(_), Part::Number(_)) => return None,
            _ if a != b => return Some(a.cmp(b)),
            _ => {}
        }
    }
    Some(this.len().cmp(&other.len()))
}

fn loose_parts(text: &str) -> Vec<Part> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| match first {
            '0'..='9' => c.is_ascii_digit(),
            'a'..='z' => c.is_ascii_lowercase(),
            _ => c != '.' && !c.is_ascii_digit() && !c.is_ascii_lowercase(),
        };
        let end = if first == '.' { 1 } else { rest.find(|c| !is_same(c)).unwrap_or(rest.len()) };
        match rest[..end].parse() {
            Ok(number) => parts.push(Part::Number(number)),
            Err(_) if first == '.' => {}
            Err(_) => parts.push(Part::Text(rest[..end].to_owned())),
        }
        rest = &rest[end..];
    }
    parts
}

/// `1.2`, `1.2.3`, `1.2b1`, and nothing else.
fn strict_versions(this: &str, other: &str) -> Option<Ordering> {
    let read = |text: &str| {
        let (numbers, pre) = match text.find(['a', 'b']) {
            Some(at) => (&text[..at], Some((text[at..=at].to_owned(), text[at + 1..].parse::<u64>().ok()?))),
            None => (text, None),
        };
        let mut numbers = numbers.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>()?;
        let is_known = matches!(numbers.len(), 2 | 3);
        numbers.resize(3, 0);
        // A version before the first one comes before it.
        is_known.then(|| (numbers, pre.is_none(), pre))
    };
    Some(read(this)?.cmp(&read(other)?))
}

/// semver.org, rule 11. What follows `+` does not count.
fn semantic(this: &str, other: &str) -> Option<Ordering> {
    let read = |text: &str| {
        let text = text.split('+').next()?.to_owned();
        let (numbers, pre) = text.split_once('-').map_or((text.as_str(), None), |(numbers, pre)| (numbers, Some(pre)));
        let numbers = numbers.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>()?;
        let part = |part: &str| part.parse().map_or_else(|_| Part::Text(part.to_owned()), Part::Number);
        let pre: Option<Vec<Part>> = pre.map(|pre| pre.split('.').map(part).collect());
        (numbers.len() == 3).then_some((numbers, pre.is_none(), pre))
    };
    Some(read(this)?.cmp(&read(other)?))
}

/// The order of PEP 440: epoch, release, pre-release, post-release, development release. Local versions are left out.
fn pep440(this: &str, other: &str) -> Option<Ordering> {
    Some(pep440_key(this)?.cmp(&pep440_key(other)?))
}

/// Ranks put what is missing where it belongs: a development release before a pre-release, and these before the release.
type Pep440 = (u64, Vec<u64>, (u8, u64), (u8, u64), (u8, u64));

fn pep440_key(text: &str) -> Option<Pep440> {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text).split('+').next()?.replace(['-', '_'], ".");
    let (epoch, text) = match text.split_once('!') {
        Some((epoch, text)) => (epoch.parse().ok()?, text.to_owned()),
        None => (0, text),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut release =
        text[..end].trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
    while release.len() > 1 && release.last() == Some(&0) {
        release.pop();
    }
    let (mut pre, mut post, mut dev) = (None, None, None);
    let mut rest = &text[end..];
    while !rest.is_empty() {
        rest = rest.trim_start_matches('.');
        let word = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let after = rest[word..].trim_start_matches('.');
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let number = after[..digits].parse().unwrap_or(0);
        match &rest[..word] {
            "a" | "alpha" => pre = Some((1, number)),
            "b" | "beta" => pre = Some((2, number)),
            "rc" | "c" | "pre" | "preview" => pre = Some((3, number)),
            "post" | "rev" | "r" => post = Some((1, number)),
            "dev" => dev = Some((0, number)),
            _ => return None,
        }
        rest = &after[digits..];
    }
    let pre = pre.unwrap_or(if post.is_none() && dev.is_some() { (0, 0) } else { (4, 0) });
    Some((epoch, release, pre, post.unwrap_or((0, 0)), dev.unwrap_or((1, 0))))
}
