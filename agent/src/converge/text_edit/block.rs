//! A block of lines between two marks in a text: exactly what Ansible's `blockinfile` makes of it.

use super::{Edited, lines::split_lines};
use crate::{
    state::{BlockEdit, Pattern, Place},
    wire::Failure,
};

const END: &[u8] = b"\n";

/// What a block makes of a text; `None` is a file that is not there.
pub(super) fn edited(edit: &BlockEdit, text: Option<&[u8]>) -> Result<Edited, Failure> {
    let mut lines = split_lines(text.unwrap_or_default());
    let begin = [edit.begin.as_bytes(), END].concat();
    let end = [edit.end.as_bytes(), END].concat();
    let mut block = Vec::new();
    if !edit.block.is_empty() {
        let mut inner = edit.block.clone().into_bytes();
        if !inner.ends_with(END) {
            inner.extend(END);
        }
        block.push(begin.clone());
        block.extend(split_lines(&inner));
        block.push(end.clone());
    }
    let is_wanted = !block.is_empty();
    let last = |mark: &[u8]| lines.iter().rposition(|line| line == mark);
    let mut at = match (last(&begin), last(&end)) {
        (Some(first), Some(second)) => {
            let (from, to) = (first.min(second), first.max(second));
            lines.drain(from..=to);
            from
        }
        _ => place(&edit.place, &lines, text.unwrap_or_default())?,
    };
    if at > 0 && !lines[at - 1].ends_with(END) {
        lines[at - 1].extend(END);
    }
    if edit.empty_before && is_wanted && at != 0 && lines[at - 1] != END {
        lines.insert(at, END.to_vec());
        at += 1;
    }
    let after = at + block.len();
    let rest = lines.split_off(at);
    lines.extend(block);
    lines.extend(rest);
    if edit.empty_after && is_wanted && after < lines.len() && lines[after] != END {
        lines.insert(after, END.to_vec());
    }
    let content = lines.concat();
    let message = match text {
        Some(text) if text == content => "",
        None => "File created",
        Some(_) if is_wanted => "Block inserted",
        Some(_) => "Block removed",
    };
    Ok(Edited { content: Some(content), message: message.to_owned(), found: None })
}

/// The number of the line before which a block goes that is not there.
fn place(place: &Place, lines: &[Vec<u8>], text: &[u8]) -> Result<usize, Failure> {
    let (pattern, is_after) = match place {
        Place::End => return Ok(lines.len()),
        Place::Start => return Ok(0),
        Place::After(pattern) => (pattern, true),
        Place::Before(pattern) => (pattern, false),
    };
    let found = if pattern.multiline { in_whole(pattern, is_after, text)? } else { in_lines(pattern, lines)? };
    Ok(found.map_or(lines.len(), |at| if is_after { at + 1 } else { at }.min(lines.len())))
}

fn in_lines(pattern: &Pattern, lines: &[Vec<u8>]) -> Result<Option<usize>, Failure> {
    let mut found = None;
    for (number, line) in lines.iter().enumerate() {
        if pattern.is_in(line)? {
            found = Some(number);
        }
    }
    Ok(found)
}

fn in_whole(pattern: &Pattern, is_after: bool, text: &[u8]) -> Result<Option<usize>, Failure> {
    let found = pattern.search(text)?.map(|found| found.span());
    let before = |(start, end): (usize, usize)| &text[..if is_after { end } else { start }];
    Ok(found.map(|span| before(span).split(|&byte| byte == b'\n').count() - 1))
}
