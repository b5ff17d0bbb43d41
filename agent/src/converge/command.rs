//! Commands: an action, not a state. One whose work is done, as `creates` and `removes` tell, is not run.

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;

use super::Converge;
use crate::{
    clock::{duration, timestamp},
    node::{Attributes, Node, replace},
    process::{Ended, Program},
    state::{Bytes, Command, Resource},
    wire::{Change, Failure, Side, Stream, Values},
};

/// Longest time a command may ask for, in seconds.
const LONGEST: u64 = 24 * 60 * 60;

/// Time a command has that asks for none, in seconds.
const DEFAULT: u64 = 10 * 60;

/// Ansible's `rc` of a command that has no exit status of its own.
const NO_STATUS: i32 = 257;

/// Longest command shown, in characters.
const SHOWN: usize = 200;

/// A command on its node, with what is remembered of its run.
#[derive(Debug)]
pub(super) struct Execution<'a> {
    node: &'a Node,
    command: &'a Command,
    run: OnceCell<Run>,
}

/// How a command ran.
#[derive(Debug)]
struct Run {
    start: SystemTime,
    took: Duration,
    ended: Ended,
}

/// Why a command has nothing to do; `None` when it has.
#[derive(Debug)]
pub(crate) struct Done(Option<(String, &'static str)>);

impl Converge for Execution<'_> {
    type Live = Done;

    fn query(&self) -> Result<Done, Failure> {
        // A link counts, wherever it leads.
        let exists = |path: &String| Ok::<_, Failure>(self.node.root.resolve(path)?.symlink_metadata().is_ok());
        if let Some(path) = &self.command.creates
            && exists(path)?
        {
            return Ok(Done(Some((path.clone(), "exists"))));
        }
        match &self.command.removes {
            Some(path) if !exists(path)? => Ok(Done(Some((path.clone(), "does not exist")))),
            _ => Ok(Done(None)),
        }
    }

    fn diff(&self, Done(why): &Done) -> Vec<Change> {
        // It was due, and has been run: also with an exit status that is none of success.
        let has_run = self.run.get().is_some_and(|run| match &run.ended.done {
            Ok(()) => true,
            Err(error) => error.code().is_some(),
        });
        if why.is_some() || has_run { Vec::new() } else { vec![Change::add(self.name(), Side::Present)] }
    }

    fn apply(&self, _: &Done, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let Command { argv, chdir, stdin, timeout_seconds, script, .. } = self.command;
        let seconds = timeout_seconds.unwrap_or(DEFAULT).clamp(1, LONGEST);
        let mut argv = argv.clone();
        if self.command.expands {
            argv = argv.iter().map(|word| expand(word, &self.node.root.environment.borrow())).collect();
        }
        let script = script.as_ref().map(|script| self.place(script)).transpose()?;
        if let (Some(script), Some(word)) = (&script, argv.iter_mut().find(|word| word.is_empty())) {
            *word = script.display().to_string();
        }
        let mut program = Program::new(&self.node.root, argv).deadline(Duration::from_secs(seconds));
        if let Some(chdir) = chdir {
            program = program.folder(self.node.root.resolve(chdir)?);
        }
        if let Some(stdin) = stdin {
            program = program.input(stdin.clone().into_bytes());
        }
        let (start, begun) = (SystemTime::now(), Instant::now());
        let ended = program.run_to_end(output);
        if let Some(script) = script {
            std::fs::remove_file(&script)
                .map_err(|error| Failure::new(format!("remove the script {}", script.display()), error))?;
        }
        let run = self.run.get_or_init(|| Run { start, took: begun.elapsed(), ended });
        match &run.ended.done {
            Ok(()) => Ok(()),
            Err(error) => Err(Failure::new(format!("run {}", self.name()), error)),
        }
    }

    fn undo(&self, _: &Done) -> Vec<Resource> {
        Vec::new()
    }

    fn verify(&self, _: &Done) -> Vec<Change> {
        Vec::new()
    }

    fn result(&self, Done(why): &Done, _: &Done) -> Values {
        let mut values = Values::new();
        let cmd = match &self.command.shown {
            Some(shown) => shown.as_str().into(),
            None => self.command.argv.as_slice().into(),
        };
        values.insert("cmd".to_owned(), cmd);
        match (self.run.get(), why) {
            (Some(run), _) => run.tell(&mut values, self.command.keeps_ends),
            (None, Some((path, is))) => {
                values.insert("rc".to_owned(), 0.into());
                values.insert("stdout".to_owned(), format!("skipped, since {path} {is}").into());
                values.insert("stderr".to_owned(), "".into());
                values.insert("msg".to_owned(), format!("Did not run command since '{path}' {is}").into());
            }
            (None, None) => {
                values.insert("rc".to_owned(), 0.into());
                values.insert("stdout".to_owned(), "".into());
                values.insert("stderr".to_owned(), "".into());
                values.insert("msg".to_owned(), "Command would have run if not in check mode".into());
            }
        }
        for stream in ["stdout", "stderr"] {
            let lines = values.get(stream).and_then(Value::as_str).map(lines).unwrap_or_default();
            values.insert(format!("{stream}_lines"), lines.into());
        }
        values
    }
}

impl Run {
    fn tell(&self, values: &mut Values, keeps_ends: bool) {
        let Ended { done, stdout, stderr } = &self.ended;
        let mut tell = |name: &str, value: Value| values.insert(name.to_owned(), value);
        let rc = match done {
            Ok(()) => 0,
            Err(error) => error.code().or(error.errno()).unwrap_or(NO_STATUS),
        };
        tell("rc", rc.into());
        // One that could not be started took no time.
        if !matches!(done, Err(error) if error.errno().is_some()) {
            tell("start", timestamp(self.start).into());
            tell("end", timestamp(self.start + self.took).into());
            tell("delta", duration(self.took).into());
        }
        tell("stdout", stdout.text(keeps_ends).into());
        tell("stderr", stderr.text(keeps_ends).into());
        let msg = match done {
            Err(error) if error.code().is_some() => "non-zero return code".to_owned(),
            Err(error) => error.to_string(),
            Ok(()) if stdout.is_cut() || stderr.is_cut() => "only the first MiB of the output is kept".to_owned(),
            Ok(()) => String::new(),
        };
        tell("msg", msg.into());
    }
}

/// `~`, `$NAME` and `${NAME}` filled in, as Python's `expandvars` and `expanduser` do: what is not known stays.
fn expand(word: &str, environment: &BTreeMap<String, String>) -> String {
    let value = |name: &str| environment.get(name).cloned().or_else(|| std::env::var(name).ok());
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, used) = if let Some(end) = after.strip_prefix('{').and_then(|inner| inner.find('}')) {
            (&after[1..=end], end + 2)
        } else {
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            (&after[..end], end)
        };
        match value(name).filter(|_| !name.is_empty()) {
            Some(value) => text.push_str(&value),
            None => text.push_str(&rest[at..=at + used]),
        }
        rest = &after[used..];
    }
    text.push_str(rest);
    match (text.strip_prefix('~'), value("HOME")) {
        (Some(below), Some(home)) if below.is_empty() || below.starts_with('/') => {
            format!("{}{below}", home.trim_end_matches('/'))
        }
        _ => text,
    }
}

/// Lines as Python's `splitlines` finds them.
fn lines(text: &str) -> Vec<String> {
    let is_end = |c: char| "\n\r\u{b}\u{c}\u{1c}\u{1d}\u{1e}\u{85}\u{2028}\u{2029}".contains(c);
    let text = text.replace("\r\n", "\n");
    text.split_terminator(is_end).map(str::to_owned).collect()
}

impl<'a> Execution<'a> {
    pub(super) fn new(node: &'a Node, command: &'a Command) -> Self {
        Self { node, command, run: OnceCell::new() }
    }

    /// Makes the file of a script, in the agent's own folder: nobody else can change it before it is run.
    fn place(&self, script: &Bytes) -> Result<PathBuf, Failure> {
        let path = self.node.folder.scratch("script");
        replace(&path, &script.0, Attributes::own(0o700))
            .map_err(|error| Failure::new(format!("make the script {}", path.display()), error))?;
        Ok(path)
    }

    fn name(&self) -> String {
        let mut name = format!("command {}", self.command.line());
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
        Command::new(argv.iter().copied())
    }

    #[test]
    fn variables_are_filled_in_as_python_does() {
        let environment =
            BTreeMap::from([("A_1".to_owned(), "one".to_owned()), ("HOME".to_owned(), "/root/".to_owned())]);
        let expand = |word| expand(word, &environment);
        assert_eq!(expand("x$A_1-${A_1}y$"), "xone-oney$");
        assert_eq!(expand("$NOBODY_HAS_IT ${NOR_IT} ${"), "$NOBODY_HAS_IT ${NOR_IT} ${");
        assert_eq!(
            (expand("~/a").as_str(), expand("~bob").as_str(), expand("~").as_str()),
            ("/root/a", "~bob", "/root")
        );
    }

    #[test]
    fn a_script_is_there_for_its_run_only() {
        let fake = FakeNode::new();
        let script = Some("#!/bin/sh\necho $0 $1 $GREETING".into());
        fake.node.root.environment.replace(BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]));
        let resource = Command { script, ..command(&["", "x"]) };
        let on = Execution::new(&fake.node, &resource);
        let live = on.query().unwrap();
        on.apply(&live, &mut |_, _| ()).unwrap();
        let printed = on.result(&live, &live)["stdout"].as_str().unwrap().to_owned();
        let path = printed.strip_suffix(" x hello").unwrap();
        assert!(path.starts_with('/') && !std::path::Path::new(path).exists(), "{printed}");
    }

    #[test]
    fn a_command_runs_each_time_it_is_asked_for() {
        let fake = FakeNode::new();
        fake.program("note", r#"echo "$*" >>"$ROOT/notes""#);
        let resource = command(&["note", "a  b", "$HOME;"]);
        let on = Execution::new(&fake.node, &resource);
        assert_eq!(shown(&converge(&on).unwrap()), ["+ command note 'a  b' '$HOME;'"]);
        converge(&Execution::new(&fake.node, &resource)).unwrap();
        assert_eq!(fake.read("/notes"), "a  b $HOME;\na  b $HOME;\n");
    }

    #[test]
    fn a_command_whose_work_is_done_is_not_run() {
        let fake = FakeNode::new();
        fake.write("/done", "");
        let creates = Command { creates: Some("/done".to_owned()), ..command(&["false"]) };
        let removes = Command { removes: Some("/not-there".to_owned()), ..command(&["false"]) };
        for resource in [creates, removes] {
            assert_eq!(converge(&Execution::new(&fake.node, &resource)).unwrap(), []);
        }
    }

    #[test]
    fn a_failing_command_is_named_with_what_it_said() {
        let fake = FakeNode::new();
        let resource = command(&["sh", "-c", "echo no good >&2; exit 4"]);
        let failure = converge(&Execution::new(&fake.node, &resource)).unwrap_err();
        assert_eq!(failure.tried, "run command sh -c 'echo no good >&2; exit 4'");
        assert_eq!(failure.came_back, "exit status 4\nno good");
    }

    fn result(resource: &Command) -> Values {
        let fake = FakeNode::new();
        let on = Execution::new(&fake.node, resource);
        let live = on.query().unwrap();
        if !on.diff(&live).is_empty() {
            // A failure has a result, too.
            let _ = on.apply(&live, &mut |_, _| ());
        }
        on.result(&live, &live)
    }

    #[test]
    fn what_a_command_printed_is_returned_under_ansibles_names() {
        let values = result(&command(&["sh", "-c", "printf 'a\r\nb\n\n'; echo no >&2; exit 3"]));
        let get = |name: &str| values[name].clone();
        assert_eq!(get("rc"), 3);
        assert_eq!(get("stdout"), "a\r\nb");
        assert_eq!(get("stdout_lines"), serde_json::json!(["a", "b"]));
        assert_eq!((get("stderr"), get("msg")), ("no".into(), "non-zero return code".into()));
        assert!(get("delta").as_str().unwrap().starts_with("0:00:"), "{values:?}");
        assert_eq!(result(&command(&["sh", "-c", "kill -9 $$"]))["rc"], -9);
        let missing = result(&command(&["not-there"]));
        assert_eq!((&missing["rc"], missing.get("start")), (&2.into(), None));
    }

    #[test]
    fn a_command_whose_work_is_done_says_why_it_was_not_run() {
        let values = result(&Command { removes: Some("/not-there".to_owned()), ..command(&["false"]) });
        assert_eq!(values["stdout"], "skipped, since /not-there does not exist");
        assert_eq!((&values["rc"], &values["stderr_lines"]), (&0.into(), &serde_json::json!([])));
    }

    #[test]
    fn a_command_without_a_program_is_an_error() {
        let fake = FakeNode::new();
        converge(&Execution::new(&fake.node, &command(&[]))).unwrap_err();
    }
}
