//! The real agent, spoken to as the controller speaks to it.
//!
//! No root is needed: the agent's folder and all files are in a temporary folder.
#![expect(clippy::unwrap_used, clippy::panic, reason = "everything here is a test")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use lvs_agent::{
    state::{self, FileKind, Prune, Resource},
    wire::{AgentError, Answer, Batch, Event, Hello, Lookup, Mode, Outcome, PROTOCOL, Request, Status, Step},
};

/// A session with an agent of its own.
struct Session {
    agent: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Session {
    fn new(folder: &Path) -> Self {
        let mut agent = Command::new(env!("CARGO_BIN_EXE_lvs-agent"))
            .args(["serve", "--folder"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = agent.stdin.take();
        let output = BufReader::new(agent.stdout.take().unwrap());
        Self { agent, input, output }
    }

    /// A session in which hello has been said, with the lock.
    fn begun(folder: &Path, operator: &str) -> Self {
        let mut session = Self::new(folder);
        session.say(&hello(operator, true));
        assert!(matches!(session.hear(), Event::Hello { protocol: PROTOCOL, .. }));
        session
    }

    fn say(&mut self, request: &Request) {
        self.say_line(&serde_json::to_string(request).unwrap());
    }

    fn say_line(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn hear(&mut self) -> Event {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Runs a batch and returns how its steps ended and how many were not begun.
    fn run(&mut self, mode: Mode, resources: Vec<Resource>) -> (Vec<Outcome>, usize) {
        self.say(&batch(mode, resources));
        let mut outcomes = Vec::new();
        loop {
            match self.hear() {
                Event::Started { .. } | Event::Output { .. } => {}
                Event::Ended { outcome, .. } => outcomes.push(outcome),
                Event::BatchEnded { skipped } => return (outcomes, skipped),
                other => panic!("{other:?}"),
            }
        }
    }

    fn apply(&mut self, resource: Resource) -> Outcome {
        self.run(Mode::Apply, vec![resource]).0.remove(0)
    }

    /// Waits for the agent's end; it must not need more than is reasonable.
    fn end(mut self) -> Option<i32> {
        drop(self.input.take());
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.agent.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "the agent does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }
}

/// A temporary folder: the agent's own below it, and files beside that.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("lvsctl")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> Resource {
        Resource::File(state::File::new(self.path(name).to_str().unwrap(), FileKind::Content(text.into())))
    }
}

fn hello(operator: &str, lock: bool) -> Request {
    let (operator, run, version) = (operator.to_owned(), "run-1".to_owned(), "0".to_owned());
    Request::Hello(Hello { protocol: PROTOCOL, version, operator, run, lock, guard_seconds: None })
}

fn batch(mode: Mode, resources: Vec<Resource>) -> Request {
    let step = |(id, resource)| Step {
        id,
        task: "Test".to_owned(),
        tag: Some("test".to_owned()),
        sensitive: false,
        environment: BTreeMap::new(),
        resource,
    };
    Request::Run(Batch { mode, steps: (1..).zip(resources).map(step).collect() })
}

fn shell(script: &str) -> Resource {
    Resource::Command(state::Command { timeout_seconds: Some(20), ..state::Command::new(["sh", "-c", script]) })
}

#[test]
fn a_file_is_changed_once_and_then_unchanged() {
    let place = Place::new();
    let mut session = Session::begun(&place.folder(), "alice@a");
    let first = session.apply(place.file("motd", "hello\n"));
    assert_eq!((first.status, first.changes.len()), (Status::Changed, 1));
    assert_eq!(fs::read_to_string(place.path("motd")).unwrap(), "hello\n");
    assert_eq!(session.apply(place.file("motd", "hello\n")).status, Status::Unchanged);
    session.say(&Request::Bye);
    assert_eq!(session.end(), Some(0));
}

#[test]
fn check_mode_needs_no_lock_and_changes_nothing() {
    let place = Place::new();
    let _other = Session::begun(&place.folder(), "alice@a");
    let mut session = Session::new(&place.folder());
    session.say(&hello("bob@b", false));
    session.hear();
    let resources = vec![place.file("motd", "hello\n"), shell("touch /not-in-check-mode")];
    let (outcomes, skipped) = session.run(Mode::Check, resources);
    assert!(outcomes.iter().all(|outcome| outcome.status == Status::WouldChange), "{outcomes:?}");
    assert_eq!((outcomes.len(), skipped), (2, 0));
    assert!(!place.path("motd").exists() && !Path::new("/not-in-check-mode").exists());
    // To change something without the lock is refused.
    session.say(&batch(Mode::Apply, vec![place.file("motd", "hello\n")]));
    assert!(matches!(session.hear(), Event::Fatal(AgentError::Other(_))));
    assert_eq!(session.end(), Some(1));
    assert!(!place.path("motd").exists());
}

#[test]
fn the_first_failure_ends_the_batch_but_not_the_session() {
    let place = Place::new();
    let mut session = Session::begun(&place.folder(), "alice@a");
    let resources = vec![place.file("a", ""), shell("echo why >&2; exit 7"), place.file("b", ""), place.file("c", "")];
    let (outcomes, skipped) = session.run(Mode::Apply, resources);
    let failure = outcomes[1].failure.as_ref().unwrap();
    assert_eq!((outcomes.len(), skipped, failure.came_back.as_str()), (2, 2, "exit status 7\nwhy"));
    assert_eq!(session.apply(place.file("b", "")).status, Status::Changed);
}

/// Has a shell wait for a file, for a minute at most.
fn until_there(gate: &Path) -> String {
    format!("timeout 60 sh -c 'while [ ! -e {} ]; do sleep 0.05; done'", gate.display())
}

#[test]
fn lines_of_a_command_come_while_it_runs() {
    let place = Place::new();
    let mut session = Session::begun(&place.folder(), "alice@a");
    let gate = place.path("gate");
    let script = format!("echo waiting; {}", until_there(&gate));
    session.say(&batch(Mode::Apply, vec![shell(&script)]));
    assert!(matches!(session.hear(), Event::Output { line, .. } if line == "waiting"));
    fs::write(gate, "").unwrap();
    assert!(matches!(session.hear(), Event::Ended { outcome, .. } if outcome.status == Status::Changed));
}

#[test]
fn pruning_takes_back_what_an_earlier_session_made() {
    let place = Place::new();
    Session::begun(&place.folder(), "alice@a").run(Mode::Apply, vec![place.file("a", ""), place.file("b", "")]);
    let mut session = Session::begun(&place.folder(), "alice@a");
    let prune = Prune { tag: "test".to_owned(), keep: vec![place.file("b", "").id()], drain_seconds: None };
    assert_eq!(session.apply(Resource::Prune(prune)).status, Status::Changed);
    assert!(!place.path("a").exists() && place.path("b").exists());
}

#[test]
fn a_second_operator_is_told_who_holds_the_lock_and_a_killed_holder_holds_it_no_longer() {
    let place = Place::new();
    let mut first = Session::begun(&place.folder(), "alice@a");
    let mut second = Session::new(&place.folder());
    second.say(&hello("bob@b", true));
    match second.hear() {
        Event::Fatal(AgentError::Locked(holder)) => {
            assert_eq!((holder.operator.as_str(), holder.run.as_str()), ("alice@a", "run-1"));
            assert_eq!(holder.pid, first.agent.id());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(second.end(), Some(1));
    first.agent.kill().unwrap();
    first.agent.wait().unwrap();
    Session::begun(&place.folder(), "bob@b");
}

#[test]
fn the_lock_is_not_kept_by_a_daemon_that_a_step_started() {
    let place = Place::new();
    let mut session = Session::begun(&place.folder(), "alice@a");
    assert_eq!(session.apply(shell("sleep 15 >/dev/null 2>&1 &")).status, Status::Changed);
    assert_eq!(session.end(), Some(0));
    Session::begun(&place.folder(), "bob@b");
}

#[test]
fn a_controller_that_dies_does_not_stop_a_step_half_way_but_the_batch() {
    let place = Place::new();
    let mut session = Session::begun(&place.folder(), "alice@a");
    let gate = place.path("gate");
    let script =
        format!("echo begun; {}; echo more; echo more; touch {}", until_there(&gate), place.path("whole").display());
    session.say(&batch(Mode::Apply, vec![shell(&script), place.file("next", "")]));
    assert!(matches!(session.hear(), Event::Output { line, .. } if line == "begun"));
    let Session { agent, input, output } = &mut session;
    drop(input.take());
    // The end of the pipe that the agent writes to goes, too, as when ssh has died.
    let mut null = Command::new("true").stdout(Stdio::piped()).spawn().unwrap();
    *output = BufReader::new(null.stdout.take().unwrap());
    null.wait().unwrap();
    fs::write(&gate, "").unwrap();
    assert_eq!(agent.wait().unwrap().code(), Some(0));
    assert!(place.path("whole").exists() && !place.path("next").exists());
    Session::begun(&place.folder(), "bob@b");
}

#[test]
fn what_cannot_be_understood_ends_the_conversation_with_a_reason() {
    let place = Place::new();
    for line in ["{\"run\": ", "nonsense", "{\"dance\":{}}", "", "{\"run\":{\"mode\":\"apply\",\"steps\":[{}]}}"] {
        let mut session = Session::begun(&place.folder(), "alice@a");
        session.say_line(line);
        match session.hear() {
            Event::Fatal(AgentError::Other(failure)) => assert!(failure.hint.is_some(), "{failure:?}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(session.end(), Some(1));
    }
}

#[test]
fn the_first_line_must_be_a_hello_of_this_protocol() {
    let place = Place::new();
    let mut session = Session::new(&place.folder());
    session.say(&Request::Bye);
    assert!(matches!(session.hear(), Event::Fatal(AgentError::Other(_))));
    let mut session = Session::new(&place.folder());
    session.say_line(r#"{"hello":{"protocol":99,"something":"new"}}"#);
    assert_eq!(session.hear(), Event::Fatal(AgentError::Protocol { agent: PROTOCOL, controller: 99 }));
    let mut session = Session::new(&place.folder());
    let Request::Hello(sound) = hello("alice@a", true) else { unreachable!() };
    session.say(&Request::Hello(Hello { run: "../../etc".to_owned(), ..sound }));
    assert!(matches!(session.hear(), Event::Fatal(AgentError::Other(_))));
}

#[test]
fn the_end_of_input_is_a_goodbye_even_in_the_middle_of_a_line() {
    let place = Place::new();
    assert_eq!(Session::new(&place.folder()).end(), Some(0));
    let mut session = Session::begun(&place.folder(), "alice@a");
    let request = serde_json::to_string(&batch(Mode::Apply, vec![place.file("a", "")])).unwrap();
    let input = session.input.as_mut().unwrap();
    input.write_all(&request.as_bytes()[..request.len() - 1]).unwrap();
    assert_eq!(session.end(), Some(0));
    assert!(!place.path("a").exists());
}

#[test]
fn a_look_up_needs_no_lock() {
    let place = Place::new();
    let mut session = Session::new(&place.folder());
    session.say(&hello("alice@a", false));
    session.hear();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, port) = ([127, 0, 0, 1].into(), listener.local_addr().unwrap().port());
    session.say(&Request::Lookup(Lookup::Probe { address, port, path: None, count: 3, timeout_ms: 5000 }));
    match session.hear() {
        Event::Answer(Ok(Answer::Probe(result))) => assert_eq!((result.sent, result.answered), (3, 3)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_command_line_has_facts_and_a_version() {
    let run = |argument: &str| Command::new(env!("CARGO_BIN_EXE_lvs-agent")).arg(argument).output().unwrap();
    assert!(String::from_utf8(run("--version").stdout).unwrap().starts_with("lvs-agent "));
    let facts: lvs_agent::wire::Facts = serde_json::from_slice(&run("facts").stdout).unwrap();
    assert!(!facts.kernel.is_empty());
    assert_eq!(run("dance").status.code(), Some(2));
}
