//! The words of a host's line, by the rules of Python's `shlex.split` with comments.
//!
//! They are those of a shell, but for two things: `#` begins a comment inside of a word as well, and there is no
//! expansion.

use std::ops::Range;

/// A word, and where in the line it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// The words of a line; or why there are none.
pub(super) fn split(line: &str) -> Result<Vec<Word>, &'static str> {
    let mut words = Vec::new();
    // The word that is being read; there may be one without a character: `""`.
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        let begun = || Word { text: String::new(), range: at..at };
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some('"'), '\\') => {
                let (_, next) = characters.next().ok_or("a quote is not closed")?;
                let text = &mut word.get_or_insert_with(begun).text;
                if !matches!(next, '"' | '\\') {
                    text.push('\\');
                }
                text.push(next);
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, '#') => break,
            (None, '\'' | '"') => {
                word.get_or_insert_with(begun);
                quote = Some(character);
            }
            (None, '\\') => {
                let (_, next) = characters.next().ok_or("nothing follows the backslash")?;
                word.get_or_insert_with(begun).text.push(next);
            }
            _ => word.get_or_insert_with(begun).text.push(character),
        }
        if let Some(word) = &mut word {
            word.range.end = line.len() - characters.as_str().len();
        }
    }
    words.extend(word);
    if quote.is_some() { Err("a quote is not closed") } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> String {
        split(line).map_or_else(str::to_owned, |words| {
            words.iter().fold(String::new(), |text, word| text + "<" + &word.text + ">")
        })
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        assert_eq!(words(r#"web1  a="two words" b='x'y c=\ z"#), "<web1><a=two words><b=xy><c= z>");
        assert_eq!(words(r#"a="\"\n\\" b='\' c="""#), r#"<a="\n\><b=\><c=>"#);
        assert_eq!(words("a=1 # none"), "<a=1>");
        assert_eq!(words("a=b#c d"), "<a=b>");
        assert_eq!(words("a='#'"), "<a=#>");
        assert_eq!(words("'open"), "a quote is not closed");
        assert_eq!(words("back\\"), "nothing follows the backslash");
    }

    proptest! {
        #[test]
        fn a_word_without_quotes_stands_where_it_says(line in "[a-z= é]{0,20}") {
            for word in split(&line).unwrap() {
                prop_assert_eq!(&line[word.range], word.text);
            }
        }

        #[test]
        fn splitting_never_panics(line in "[a-c\"'\\\\# \té]{0,20}") {
            if let Ok(words) = split(&line) {
                for word in words {
                    prop_assert!(line.get(word.range).is_some());
                }
            }
        }
    }
}
