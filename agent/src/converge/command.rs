//! Commands: an action, not a state. One whose work is done, as `creates` and `removes` tell, is not run.

use std::time::Duration;

use super::{Converge, On};
use crate::{
    process::Program,
    state::{Command, Resource},
    wire::{Change, Failure, Side, Stream},
};

/// Longest time a command may ask for, in seconds.
const LONGEST: u64 = 24 * 60 * 60;

/// Time a command has that asks for none, in seconds.
const DEFAULT: u64 = 10 * 60;

/// Longest command shown, in characters.
const SHOWN: usize = 200;

/// Whether a command has something to do.
#[derive(Debug)]
pub(crate) struct IsDue(bool);

impl Converge for On<'_, Command> {
    type Live = IsDue;

    fn query(&self) -> Result<IsDue, Failure> {
        let exists = |path: &Option<String>| {
            // A link counts, wherever it leads.
            path.as_ref().map(|path| Ok(self.node.root.resolve(path)?.symlink_metadata().is_ok())).transpose()
        };
        let is_done = exists(&self.resource.creates)? == Some(true) || exists(&self.resource.removes)? == Some(false);
        Ok(IsDue(!is_done))
    }

    fn diff(&self, IsDue(is_due): &IsDue) -> Vec<Change> {
        is_due.then(|| Change::add(self.name(), Side::Present)).into_iter().collect()
    }

    fn apply(&self, _: &IsDue, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let Command { argv, chdir, stdin, timeout_seconds, .. } = self.resource;
        let seconds = timeout_seconds.unwrap_or(DEFAULT).clamp(1, LONGEST);
        let mut program = Program::new(&self.node.root, argv).deadline(Duration::from_secs(seconds));
        if let Some(chdir) = chdir {
            program = program.folder(self.node.root.resolve(chdir)?);
        }
        if let Some(stdin) = stdin {
            program = program.input(stdin.clone().into_bytes());
        }
        program.run(output).map_err(|error| error.into_failure(format!("run {}", self.name())))
    }

    fn undo(&self, _: &IsDue) -> Vec<Resource> {
        Vec::new()
    }

    fn verify(&self, _: &IsDue) -> Vec<Change> {
        Vec::new()
    }
}

impl On<'_, Command> {
    fn name(&self) -> String {
        let mut name = format!("command {}", self.resource.line());
        if let Some((end, _)) = name.char_indices().nth(SHOWN) {
            name.truncate(end);
            name.push('…');
        }
        name.replace(char::is_control, " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        converge::test::{converge, shown},
        node::fake::FakeNode,
    };

    fn command(argv: &[&str]) -> Command {
        Command {
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            chdir: None,
            creates: None,
            removes: None,
            stdin: None,
            timeout_seconds: None,
            counts_as_change: true,
        }
    }

    #[test]
    fn a_command_runs_each_time_it_is_asked_for() {
        let fake = FakeNode::new();
        fake.program("note", r#"echo "$*" >>"$ROOT/notes""#);
        let resource = command(&["note", "a  b", "$HOME;"]);
        let on = On { node: &fake.node, resource: &resource };
        assert_eq!(shown(&converge(&on).unwrap()), ["+ command note 'a  b' '$HOME;'"]);
        converge(&on).unwrap();
        assert_eq!(fake.read("/notes"), "a  b $HOME;\na  b $HOME;\n");
    }

    #[test]
    fn a_command_whose_work_is_done_is_not_run() {
        let fake = FakeNode::new();
        fake.write("/done", "");
        let creates = Command { creates: Some("/done".to_owned()), ..command(&["false"]) };
        let removes = Command { removes: Some("/not-there".to_owned()), ..command(&["false"]) };
        for resource in [creates, removes] {
            assert_eq!(converge(&On { node: &fake.node, resource: &resource }).unwrap(), []);
        }
    }

    #[test]
    fn a_failing_command_is_named_with_what_it_said() {
        let fake = FakeNode::new();
        let resource = command(&["sh", "-c", "echo no good >&2; exit 4"]);
        let failure = converge(&On { node: &fake.node, resource: &resource }).unwrap_err();
        assert_eq!(failure.tried, "run command sh -c 'echo no good >&2; exit 4'");
        assert_eq!(failure.came_back, "exit status 4\nno good");
    }

    #[test]
    fn a_command_without_a_program_is_an_error() {
        let fake = FakeNode::new();
        converge(&On { node: &fake.node, resource: &command(&[]) }).unwrap_err();
    }
}
