//! A line in a text: exactly what Ansible's `lineinfile` makes of it, oddities and all, since people's files depend on
//! them.

use super::{
    Edited,
    lines::{bare, read_lines},
};
use crate::{
    pattern::Match,
    state::{Find, LineEdit, Place},
    wire::Failure,
};

/// What a line that should be there makes of a text.
pub(super) fn present(edit: &LineEdit, text: &[u8]) -> Result<Edited, Failure> {
    let mut lines = read_lines(text);
    let line = edit.line.as_bytes();
    let (mut at, mut matched) = (None, None);
    if let Some(find) = &edit.find {
        for (number, present) in lines.iter().enumerate() {
            if let Some(found) = find.search(present)? {
                (at, matched) = (Some(number), Some(found));
                if edit.first {
                    break;
                }
            }
        }
    }
    let mut beside = None;
    if matched.is_none() {
        for (number, present) in lines.iter().enumerate() {
            if bare(present) == line {
                at = Some(number);
                continue;
            }
            let next = match &edit.place {
                Place::After(pattern) if pattern.is_in(present)? => number + 1,
                Place::Before(pattern) if pattern.is_in(present)? => number,
                _ => continue,
            };
            beside = Some(next);
            if edit.first {
                break;
            }
        }
    }
    let message = match (at, &matched) {
        (Some(at), _) => replace(edit, &mut lines, at, matched.as_ref()),
        (None, _) if edit.replacement.is_some() => "",
        (None, _) => insert(edit, &mut lines, beside),
    };
    Ok(Edited { content: Some(lines.concat()), message: message.to_owned(), found: None })
}

/// A line is there that it takes the place of.
fn replace(edit: &LineEdit, lines: &mut [Vec<u8>], at: usize, matched: Option<&Found>) -> &'static str {
    let mut new = match (&edit.replacement, matched) {
        (Some(pieces), Some(Found::Match(found))) => found.expand(&lines[at], pieces),
        _ => edit.line.clone().into_bytes(),
    };
    if !new.ends_with(b"\n") {
        new.push(b'\n');
    }
    if lines[at] == new {
        return "";
    }
    lines[at] = new;
    "line replaced"
}

/// There is none to take the place of.
fn insert(edit: &LineEdit, lines: &mut Vec<Vec<u8>>, beside: Option<usize>) -> &'static str {
    let line = edit.line.as_bytes();
    let new = [line, b"\n"].concat();
    match (&edit.place, beside) {
        (Place::Start, _) => lines.insert(0, new),
        (Place::End, _) | (_, None) => {
            if lines.last().is_some_and(|last| !last.ends_with(b"\n") && !last.ends_with(b"\r")) {
                lines.push(b"\n".to_vec());
            }
            lines.push(new);
        }
        (Place::After(_), Some(at)) => {
            // It may be there already, with another end.
            let neighbour = if at == lines.len() { at - 1 } else { at };
            if bare(&lines[neighbour]) == line {
                return "";
            }
            lines.insert(at, new);
        }
        (Place::Before(_), Some(at)) => lines.insert(at, new),
    }
    "line added"
}

/// What becomes of a text without the lines that are found.
pub(super) fn absent(find: &Find, text: &[u8]) -> Result<Edited, Failure> {
    let mut kept = Vec::new();
    let mut found = 0;
    for line in read_lines(text) {
        match find.search(&line)? {
            Some(_) => found += 1,
            None => kept.extend(line),
        }
    }
    let message = if found == 0 { String::new() } else { format!("{found} line(s) removed") };
    Ok(Edited { content: Some(kept), message, found: Some(found) })
}

/// How a line was found.
enum Found {
    Match(Match),
    Text,
}

impl Find {
    fn search(&self, line: &[u8]) -> Result<Option<Found>, Failure> {
        Ok(match self {
            Self::Pattern(pattern) => pattern.search(line)?.map(Found::Match),
            Self::Text(text) => {
                let is_in = text.is_empty() || line.windows(text.len()).any(|part| part == text.as_bytes());
                is_in.then_some(Found::Text)
            }
            Self::Line(wanted) => (bare(line) == wanted.as_bytes()).then_some(Found::Text),
        })
    }
}
