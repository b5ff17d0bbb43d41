//! A command to run on a node.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Bytes;

/// A command, run without a shell. It counts as a change each time it runs, unless `creates` or `removes` says that
/// its work is done; in check mode it is not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other, and each a key in the message")]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// What is shown and returned as the command, where that is not `argv`: the line of a shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// Working folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chdir: Option<String>,
    /// Not run when this path exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates: Option<String>,
    /// Run only when this path exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removes: Option<String>,
    /// Standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// A file with this content is made for the run: it takes the place of the first empty argument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Bytes>,
    /// `~`, `$NAME` and `${NAME}` in the arguments are filled in on the node.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expands: bool,
    /// Line ends at the end of what it prints stay in what is returned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_ends: bool,
    /// Seconds after which it is killed and counts as failed; `None` is ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Whether a successful run counts as a change (Ansible's `changed_when: false` says no).
    #[serde(default = "yes")]
    pub counts_as_change: bool,
    /// It reboots the node. Nobody is to confirm that, and the next boot is not to take it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reboots: bool,
}

impl Command {
    /// A command with nothing special about it.
    pub fn new<I: IntoIterator<Item: Into<String>>>(argv: I) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            shown: None,
            chdir: None,
            creates: None,
            removes: None,
            stdin: None,
            script: None,
            expands: false,
            keeps_ends: false,
            timeout_seconds: None,
            counts_as_change: true,
            reboots: false,
        }
    }

    /// Program and arguments as one would type them at a shell.
    pub fn line(&self) -> String {
        match &self.shown {
            Some(shown) => shown.clone(),
            None => self.argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        }
    }
}

fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let command = Command::new(["sh", "-c", "echo it's >&2", ""]);
        assert_eq!(command.line(), r"sh -c 'echo it'\''s >&2' ''");
    }
}
