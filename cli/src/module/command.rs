//! `command`: runs a command without a shell.

use lvs_agent::state::{self, Resource};

use super::{Context, arguments::Arguments};
use crate::{source::Diagnostic, yaml::Node};

/// The arguments of `command`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(state::Command);

impl Command {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let (has_argv, has_cmd) = (from.has(&["argv"]), from.has(&["cmd"]));
        if has_argv && has_cmd {
            from.reject("argv", "`command` takes `cmd` or `argv`, not both", "remove one of them");
        }
        let argv = from.optional(&["argv"], |node| node.as_list()?.iter().map(Node::to_text).collect());
        let cmd = from.optional(&["cmd"], |node| words(node).and_then(|words| nonempty(node, words)));
        if !has_argv && !has_cmd {
            from.missing("cmd");
        }
        Self(state::Command {
            argv: argv.or(cmd).unwrap_or_default(),
            chdir: from.optional_path(&["chdir"]),
            creates: from.optional_path(&["creates"]),
            removes: from.optional_path(&["removes"]),
            stdin: from.text(&["stdin"]),
            timeout_seconds: None,
            counts_as_change: true,
        })
    }

    pub(super) fn resource(self, context: &Context<'_>) -> Resource {
        Resource::Command(state::Command { counts_as_change: context.counts_as_change, ..self.0 })
    }
}

fn nonempty(node: &Node, words: Vec<String>) -> Result<Vec<String>, Diagnostic> {
    if words.is_empty() { Err(node.wrong_value("a command without a program")) } else { Ok(words) }
}

/// Splits a command line into words as sh(1) does, with quotes and backslashes and nothing else of a shell.
fn words(node: &Node) -> Result<Vec<String>, Diagnostic> {
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
                return Err(node
                    .wrong_value(title)
                    .hint("put a script on the node with `copy`, or quote the character"));
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
}
