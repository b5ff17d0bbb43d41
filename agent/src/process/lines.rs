//! Reading lines of bounded length from a program.

use std::io::{BufRead, BufReader, Read};

/// Longest line handed on, in bytes; the rest of a longer one is dropped.
const MAX_LINE: usize = 16 << 10;

/// What stands for the rest of a line.
const CUT: &str = " … (cut)";

/// Hands on each line, without its end and with what is not UTF-8 replaced, until `each` says no.
pub(super) fn read_lines(from: impl Read, mut each: impl FnMut(String) -> bool) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    let mut is_cut = false;
    // An error of a pipe ends it as its end does.
    while let Ok(chunk) = from.fill_buf() {
        if chunk.is_empty() {
            break;
        }
        let (part, used, ends) = match chunk.iter().position(|&byte| byte == b'\n') {
            Some(end) => (&chunk[..end], end + 1, true),
            None => (chunk, chunk.len(), false),
        };
        let room = MAX_LINE - line.len();
        is_cut |= part.len() > room;
        line.extend_from_slice(&part[..part.len().min(room)]);
        from.consume(used);
        if ends {
            if !each(text(&line, is_cut)) {
                return;
            }
            line.clear();
            is_cut = false;
        }
    }
    if !line.is_empty() {
        each(text(&line, is_cut));
    }
}

fn text(line: &[u8], is_cut: bool) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut text = String::from_utf8_lossy(line).into_owned();
    if is_cut {
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        read_lines(input, |line| {
            lines.push(line);
            true
        });
        lines
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(lines(b"one\r\n\ntwo"), ["one", "", "two"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn what_is_not_text_is_replaced() {
        assert_eq!(lines(b"a\xff\n"), ["a\u{fffd}"]);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let found = lines(&[vec![b'x'; 100_000], b"\nnext".to_vec()].concat());
        assert_eq!(found[0].len(), MAX_LINE + CUT.len());
        assert_eq!(found[1], "next");
    }
}
