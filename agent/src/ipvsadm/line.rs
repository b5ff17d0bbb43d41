//! Cutting a line into words: blanks between them, quotes around them, `#` before a comment.
//!
//! ipvsadm itself knows neither quotes nor a comment behind words, but people's files have both, and scripts prefix
//! each line with the command's name.

use std::borrow::Cow;

use super::mistake::{Wrong, wrong};

/// The words of a line, without a leading `ipvsadm`.
pub(super) fn words(line: &str) -> Result<Vec<Cow<'_, str>>, Wrong> {
    // Bytes are looked at and not letters, since a table may have a hundred thousand lines.
    let mut words = if line.bytes().any(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b'#')) {
        quoted(line)?.into_iter().map(Cow::Owned).collect()
    } else {
        let mut words = Vec::with_capacity(16);
        words.extend(line.split_ascii_whitespace().map(Cow::Borrowed));
        words
    };
    if words.first().is_some_and(|word| is_ipvsadm(word)) {
        words.remove(0);
    }
    Ok(words)
}

/// `ipvsadm` or `/sbin/ipvsadm`
fn is_ipvsadm(word: &str) -> bool {
    word.strip_suffix("ipvsadm").is_some_and(|path| path.is_empty() || path.ends_with('/'))
}

fn quoted(line: &str) -> Result<Vec<String>, Wrong> {
    let mut words = Vec::new();
    // `None` between words: an empty pair of quotes is a word, too.
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None | Some('"'), '\\') => match letters.next() {
                Some(letter) => word.get_or_insert_default().push(letter),
                None => return Err(wrong("a backslash with nothing behind it")),
            },
            (None, '"' | '\'') => {
                word.get_or_insert_default();
                quote = Some(letter);
            }
            (None, '#') if word.is_none() => break,
            (None, _) if letter.is_ascii_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    if let Some(quote) = quote {
        return Err(wrong(format!("the quote {quote} is not closed")));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_the_commands_name_are_understood() {
        let read = |line| words(line).unwrap();
        assert_eq!(read("  -A\t-t 'a b' \"c'd\" e\\ f # -s rr"), ["-A", "-t", "a b", "c'd", "e f"]);
        assert_eq!(read("/sbin/ipvsadm -A -f '' x#y"), ["-A", "-f", "", "x#y"]);
        assert_eq!(read("# only words"), [""; 0]);
    }

    #[test]
    fn what_is_not_closed_is_told() {
        assert_eq!(words("-A -t 'x"), Err(wrong("the quote ' is not closed")));
        assert!(words("-A \\").is_err());
    }
}
