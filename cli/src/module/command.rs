//! `command`, `shell`, `raw` and `script`: run something on the node.

use std::path::PathBuf;

use lvs_agent::state::{self, Bytes, Resource};

use super::{Context, Kind, Wanted, arguments::Arguments, beside::Beside, words::words};
use crate::{
    source::{Diagnostic, Diagnostics},
    yaml::{Key, Map, Node, Value},
};

/// Seconds that a command has: it may be a long one, and must not be there for ever.
const LONGEST: u64 = 24 * 60 * 60;

/// The arguments that may stand in the free text of a command.
const IN_FREE_FORM: &[&str] = &["chdir", "creates", "removes", "executable", "stdin"];

/// What a shell is where none is named.
const SHELL: &str = "/bin/sh";

/// The arguments of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    command: state::Command,
    /// A script of the controller's.
    script: Option<Beside>,
}

impl Command {
    pub(super) fn read(kind: Kind, from: &mut Arguments<'_>) -> Self {
        let mut command = state::Command::new(Vec::<String>::new());
        command.timeout_seconds = Some(LONGEST);
        let mut script = None;
        match kind {
            Kind::Shell | Kind::Raw => {
                let line = from.required(&["cmd"], Node::to_text);
                let shell = from.text(&["executable"]).unwrap_or_else(|| SHELL.to_owned());
                command.argv = vec![shell, "-c".to_owned(), line.clone()];
                command.shown = Some(line);
            }
            Kind::Script => {
                let line = from.required(&["cmd", "_raw_params"], words);
                let interpreter = from.optional(&["executable"], words).unwrap_or_default();
                let place = from.get(&["cmd", "_raw_params"]).map(|node| node.span.clone());
                if let (Some((name, arguments)), Some(place)) = (line.split_first(), place) {
                    // The empty word is where the agent puts the path of the script.
                    command.argv = [interpreter, vec![String::new()], arguments.to_vec()].concat();
                    command.shown = Some(line.join(" "));
                    script = Some(Beside { name: name.clone(), place, folder: "files" });
                }
            }
            _ => {
                from.exclusive(&["cmd", "argv"]);
                let has_any = from.has(&["argv"]) | from.has(&["cmd"]);
                let argv = from.optional(&["argv"], |node| node.as_list()?.iter().map(Node::to_text).collect());
                let cmd = from.optional(&["cmd"], |node| words(node).and_then(|words| nonempty(node, words)));
                if !has_any {
                    from.missing("cmd");
                }
                command.argv = argv.or(cmd).unwrap_or_default();
                command.expands = from.flag(&["expand_argument_vars"]).unwrap_or(true);
                from.refuse(&["executable"], "`command` has no shell: use `shell`");
            }
        }
        if kind != Kind::Raw {
            command.chdir = from.optional_path(&["chdir"]);
            let chdir = command.chdir.clone();
            let path = |node: &Node| below(chdir.as_deref(), node);
            command.creates = from.optional(&["creates"], path);
            command.removes = from.optional(&["removes"], path);
        }
        if matches!(kind, Kind::Command | Kind::Shell) {
            let end = if from.flag(&["stdin_add_newline"]).unwrap_or(true) { "\n" } else { "" };
            command.stdin = from.text(&["stdin"]).map(|text| text + end);
            command.keeps_ends = from.flag(&["strip_empty_ends"]) == Some(false);
        }
        Self { command, script }
    }

    /// The free text of a command as its arguments.
    pub(super) fn free_form(args: &Node, text: &str) -> Map {
        let (line, found) = super::words::free_form(text, IN_FREE_FORM);
        let mut map = Map::default();
        let mut insert = |name: &str, text: String| {
            let key = Key { name: name.to_owned(), span: args.span.clone() };
            map.insert(key, Node { value: Value::String(text), span: args.span.clone() });
        };
        insert("cmd", line);
        for (name, value) in found {
            insert(name, value);
        }
        map
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Wanted, Diagnostics> {
        let script = self.script.map(|script| script.read(context)).transpose()?.map(Bytes);
        let counts_as_change = context.counts_as_change;
        Ok(Wanted::plain(Resource::Command(state::Command { counts_as_change, script, ..self.command })))
    }
}

fn nonempty(node: &Node, words: Vec<String>) -> Result<Vec<String>, Diagnostic> {
    if words.is_empty() { Err(node.wrong_value("a command without a program")) } else { Ok(words) }
}

/// A path, which may be told from the folder that the command is run in.
fn below(folder: Option<&str>, node: &Node) -> Result<String, Diagnostic> {
    let path = node.to_text()?;
    if path.contains(['*', '?', '[']) {
        return Err(node
            .wrong_value(format!("`{path}` is a pattern"))
            .hint("name one file; patterns are not followed"));
    }
    match folder {
        _ if path.starts_with('/') => Ok(path),
        Some(folder) => {
            let path = PathBuf::from(folder).join(path);
            Ok(path.display().to_string())
        }
        None => Err(node
            .wrong_value(format!("`{path}` is not an absolute path"))
            .hint("begin it with `/`, or say with `chdir` where it is")),
    }
}
