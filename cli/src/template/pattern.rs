//! Regular expressions of Python, carried out by an engine of Rust's.

use fancy_regex::{Regex, RegexBuilder};
use minijinja::Error;

use super::arguments::{Arguments, failed};

/// Most steps of one search: a pattern from a file must not hang the controller.
const STEPS: usize = 1_000_000;

/// How a pattern is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) multiline: bool,
}

impl Flags {
    /// As filters take them, by name.
    pub(super) fn named(arguments: &Arguments) -> Result<Self, Error> {
        let flag = |name| Ok::<_, Error>(arguments.named(name)?.is_some_and(|flag| flag.is_true()));
        Ok(Self { ignore_case: flag("ignorecase")?, multiline: flag("multiline")? })
    }
}

/// Compiles a pattern of Python's.
pub(super) fn compile(pattern: &str, flags: Flags) -> Result<Regex, Error> {
    let prefix = match (flags.ignore_case, flags.multiline) {
        (true, true) => "(?im)",
        (true, false) => "(?i)",
        (false, true) => "(?m)",
        (false, false) => "",
    };
    let pattern = format!("{prefix}{}", translated(pattern, flags.multiline));
    let regex = RegexBuilder::new(&pattern).backtrack_limit(STEPS).build();
    regex.map_err(|_| failed("the regular expression cannot be read"))
}

/// Why a search failed.
pub(super) fn gave_up(_: fancy_regex::Error) -> Error {
    failed("the regular expression takes too long on this text")
}

/// Where the two dialects differ: the end of the text, brackets in brackets, braces that count nothing.
fn translated(pattern: &str, multiline: bool) -> String {
    let (mut out, mut rest, mut in_class) = (String::with_capacity(pattern.len()), pattern, false);
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '\\' => {
                let next = rest[1..].chars().next();
                length += next.map_or(0, char::len_utf8);
                match next {
                    Some('Z') if !in_class => out.push_str("\\z"),
                    Some(
                        quote @ ('\'' | '"' | '`' | '@' | '=' | ':' | ';' | ',' | '<' | '>' | '_' | ' ' | '!' | '%'),
                    ) => {
                        if matches!(quote, '<' | '>') {
                            out.push(quote);
                        } else {
                            out.extend(escaped(quote));
                        }
                    }
                    _ => out.push_str(&rest[..length]),
                }
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                // A bracket that closes nothing yet is one of the characters.
                let inside = &rest[1..];
                let negation = usize::from(inside.starts_with('^'));
                out.push_str(&inside[..negation]);
                length += negation;
                if inside[negation..].starts_with(']') {
                    out.push_str("\\]");
                    length += 1;
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', character]),
            '$' if !in_class && !multiline => out.push_str("(?=\\n?\\z)"),
            '{' if !in_class && !is_count(rest) => out.push_str("\\{"),
            '}' if !in_class && !out_has_open_count(&out) => out.push_str("\\}"),
            _ => out.push(character),
        }
        rest = &rest[length..];
    }
    out
}

/// A character that means itself.
fn escaped(character: char) -> Vec<char> {
    if character == '_' || character == ' ' { vec![character] } else { vec!['\\', character] }
}

/// `{2}`, `{2,}`, `{,3}`, `{2,3}`.
fn is_count(text: &str) -> bool {
    let inside = text[1..].split_once('}').map_or("", |(inside, _)| inside);
    !inside.is_empty() && inside != "," && inside.chars().all(|c| c.is_ascii_digit() || c == ',')
}

fn out_has_open_count(out: &str) -> bool {
    match out.rfind('{') {
        Some(at) => !out[..at].ends_with('\\') && !out[at..].contains('}'),
        None => false,
    }
}
