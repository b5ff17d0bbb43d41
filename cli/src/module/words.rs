//! The words of a command line.

use crate::{source::Diagnostic, yaml::Node};

/// Splits a command line into words as sh(1) does, with quotes and backslashes and nothing else of a shell.
pub(super) fn words(node: &Node) -> Result<Vec<String>, Diagnostic> {
    let text = node.to_text()?;
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(characters.next()),
            (Some('"'), '\\') if characters.peek().is_some_and(|next| matches!(next, '"' | '\\' | '$' | '`')) => {
                word.get_or_insert_default().extend(characters.next());
            }
            (None, character) if character.is_whitespace() => words.extend(word.take()),
            (None, '|' | '>' | '<' | ';' | '&') if word.is_none() => {
                let title = format!("`{character}` means nothing to `command`, which has no shell");
                return Err(node.wrong_value(title).hint("use `shell`, or quote the character"));
            }
            (_, character) => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(node.wrong_value("a quote is not closed"));
    }
    words.extend(word);
    Ok(words)
}

/// The free text of a command, and the `name=value` words among it that are arguments (Ansible's old notation).
pub(super) fn free_form(text: &str, names: &[&'static str]) -> (String, Vec<(&'static str, String)>) {
    let (mut rest, mut found) = (String::new(), Vec::new());
    let mut quote = None;
    let mut start = 0;
    let mut take = |part: &str| {
        let word = part.trim();
        let argument = names.iter().find_map(|name| Some((*name, word.strip_prefix(name)?.strip_prefix('=')?)));
        match argument {
            Some((name, value)) => found.push((name, unquoted(value))),
            None => rest.push_str(part),
        }
    };
    // Each part is a word with the blanks after it, so that what is no argument stays as it was.
    let mut in_blanks = false;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
        let is_blank = quote.is_none() && character.is_whitespace();
        if in_blanks && !is_blank {
            take(&text[start..at]);
            start = at;
        }
        in_blanks = is_blank;
    }
    take(&text[start..]);
    (rest.trim().to_owned(), found)
}

fn unquoted(value: &str) -> String {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Source, yaml};

    fn split(text: &str) -> Result<Vec<String>, Diagnostic> {
        words(&yaml::parse(&Source::new("test.yml", format!("|-\n  {text}\n"))).unwrap())
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_splits_it() {
        assert_eq!(split(r#"tar -C '/opt/my dir' "a\"b" c\ d"#).unwrap(), ["tar", "-C", "/opt/my dir", "a\"b", "c d"]);
        assert_eq!(split("echo ''").unwrap(), ["echo", ""]);
        assert!(split("echo 'x").is_err());
    }

    #[test]
    fn what_only_a_shell_understands_is_a_mistake() {
        assert!(split("ls | wc -l").unwrap_err().title().contains("no shell"));
        assert_eq!(split("echo 'a | b'").unwrap(), ["echo", "a | b"]);
    }

    #[test]
    fn arguments_are_found_in_free_text_and_the_rest_stays() {
        let (text, found) = free_form("echo 'a  chdir=/x'  b creates=\"/a b\" chdir=/tmp", &["chdir", "creates"]);
        assert_eq!(text, "echo 'a  chdir=/x'  b");
        assert_eq!(found, [("creates", "/a b".to_owned()), ("chdir", "/tmp".to_owned())]);
        assert_eq!(free_form("x=1 make all", &["chdir"]).0, "x=1 make all");
    }
}
