//! A command to run on a node.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A command, run without a shell. It counts as a change each time it runs, unless `creates` or `removes` says that
/// its work is done; in check mode it is not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
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
    /// Seconds after which it is killed and counts as failed; `None` is ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Whether a successful run counts as a change (Ansible's `changed_when: false` says no).
    #[serde(default = "yes")]
    pub counts_as_change: bool,
}

impl Command {
    /// Program and arguments as one would type them at a shell.
    pub fn line(&self) -> String {
        self.argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
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
        let argv = ["sh", "-c", "echo it's >&2", ""].map(str::to_owned).to_vec();
        let command: Command = serde_json::from_value(serde_json::json!({ "argv": argv })).unwrap();
        assert_eq!(command.line(), r"sh -c 'echo it'\''s >&2' ''");
    }
}
