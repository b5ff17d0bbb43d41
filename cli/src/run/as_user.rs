//! A task in the name of another user than root: what the agent, which is root, does so that it is that user's work.
//!
//! A command is started by su(1), which every node has and which asks root for nothing: the user's groups, HOME, USER
//! and SHELL, and with them the environment of the task. As in Ansible it is no login, and the folder stays; where none
//! is named it is the user's home, since the agent's own would be closed to the user.

use lvs_agent::state::{Command, Resource};

use super::rights::Worker;
use crate::{
    module::Wanted,
    playbook::become_another,
    source::{Diagnostics, Span},
};

/// The same in the name of a user; a mistake where that cannot be done.
pub(super) fn as_user(wanted: Vec<Wanted>, worker: &Worker, task: &Span) -> Result<Vec<Wanted>, Diagnostics> {
    wanted.into_iter().map(|wanted| one(wanted, worker, task)).collect()
}

fn one(wanted: Wanted, worker: &Worker, task: &Span) -> Result<Wanted, Diagnostics> {
    let resource = match wanted.resource {
        Resource::Command(command) if command.script.is_none() => Resource::Command(by_su(command, &worker.user)),
        // It looks from outside at what is there for everybody.
        waits @ Resource::WaitFor(_) => waits,
        _ => return Err(become_another(&worker.user, worker.span.as_ref().unwrap_or(task)).into()),
    };
    Ok(Wanted { resource, ..wanted })
}

fn by_su(command: Command, user: &str) -> Command {
    let shown = Some(command.line());
    let home = if command.chdir.is_some() { "" } else { "cd 2>/dev/null || cd /; " };
    // `$0` is the program itself.
    let words: Vec<String> =
        if command.expands { command.argv.iter().map(|word| expanding(word)).collect() } else { Vec::new() };
    let (script, arguments) = match words.as_slice() {
        [] => (format!("{home}exec \"$0\" \"$@\""), command.argv.clone()),
        words => (format!("{home}exec {}", words.join(" ")), Vec::new()),
    };
    let fixed = ["su", "-s", "/bin/sh", "-c", &script, "--", user].map(str::to_owned);
    Command { argv: fixed.into_iter().chain(arguments).collect(), shown, expands: false, ..command }
}

/// A word for a shell, in which the user's own `~`, `$NAME` and `${NAME}` are filled in, and nothing else; what is not
/// known stays, as in Python's `expandvars`.
fn expanding(word: &str) -> String {
    let literal =
        |text: &str| if text.is_empty() { String::new() } else { format!("'{}'", text.replace('\'', r"'\''")) };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut shell = String::new();
    let mut rest = word;
    if let Some(below) = rest.strip_prefix('~').filter(|below| below.is_empty() || below.starts_with('/')) {
        shell.push_str("\"$HOME\"");
        rest = below;
    }
    while let Some(at) = rest.find('$') {
        shell.push_str(&literal(&rest[..at]));
        let after = &rest[at + 1..];
        let (name, used) = if let Some(end) = after.strip_prefix('{').and_then(|inner| inner.find('}')) {
            (&after[1..=end], end + 2)
        } else {
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            (&after[..end], end)
        };
        let is_variable =
            !name.is_empty() && name.chars().all(is_name) && !name.starts_with(|c: char| c.is_ascii_digit());
        let written = &rest[at..=at + used];
        if is_variable {
            let stays = written.replace('$', "\\$").replace('}', "\\}");
            shell.extend(["\"${", name, "-", &stays, "}\""]);
        } else {
            shell.push_str(&literal(written));
        }
        rest = &after[used..];
    }
    shell.push_str(&literal(rest));
    if shell.is_empty() { "''".to_owned() } else { shell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_the_user_is_filled_in_by_the_shell() {
        let words = ["~/a b", "$HOME/x", "${HOME}", "it's $NOBODY_HAS ${NOR_IT} ${NOR-it} $5 $", "`id` \\ \"", ""];
        let script = words.map(expanding).join(" ");
        let printed = std::process::Command::new("/bin/sh")
            .args(["-c", &format!("printf '%s\\n' {script}")])
            .env("HOME", "/home/alice o'x")
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert_eq!(
            printed.lines().collect::<Vec<_>>(),
            [
                "/home/alice o'x/a b",
                "/home/alice o'x/x",
                "/home/alice o'x",
                "it's $NOBODY_HAS ${NOR_IT} ${NOR-it} $5 $",
                "`id` \\ \"",
                ""
            ]
        );
    }

    #[test]
    fn a_command_is_started_by_su_and_shown_as_it_is() {
        let command = by_su(Command::new(["psql", "-c", "select 1"]), "postgres");
        assert_eq!(command.argv[5..], ["--", "postgres", "psql", "-c", "select 1"]);
        assert_eq!(command.shown.as_deref(), Some("psql -c 'select 1'"));
    }
}
