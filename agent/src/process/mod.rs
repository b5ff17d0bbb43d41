//! Running a program: never through a shell, always with a deadline, its lines handed on as they come.
//!
//! The program gets a process group of its own, so that the deadline ends its children too. Daemons that it starts may
//! hold its standard error open for ever; so what counts as its end is its exit and not the end of its output.

mod error;
mod lines;
mod printed;

use std::{
    collections::{BTreeMap, VecDeque},
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

pub(crate) use error::ProgramError;
use lines::read_lines;
use printed::Keeper;
pub(crate) use printed::Printed;

use crate::{node::Root, wire::Stream};

/// How long more output is awaited after the program's exit, and after each line from then on.
const GRACE_OF_OUTPUT: Duration = Duration::from_millis(200);

/// How long output is taken after the program's exit. What it left running may print for ever.
const LONGEST_OUTPUT: Duration = Duration::from_secs(10);

/// How long a program has between SIGTERM and SIGKILL.
const GRACE_OF_END: Duration = Duration::from_secs(5);

/// Last lines kept for an error.
const KEPT_LINES: usize = 10;

/// Takes the lines of a program as they come.
pub(crate) type Output<'a> = dyn FnMut(Stream, &str) + 'a;

/// How a program ended, with all that it printed, up to a bound.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) done: Result<(), ProgramError>,
    pub(crate) stdout: Printed,
    pub(crate) stderr: Printed,
}

/// A program to run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    argv: Vec<String>,
    search_path: String,
    folder: PathBuf,
    input: Option<Vec<u8>>,
    environment: Vec<(&'static str, &'static str)>,
    /// From a playbook.
    variables: BTreeMap<String, String>,
    is_bare: bool,
    deadline: Duration,
}

enum Message {
    Line(Stream, String),
    Closed,
    Exited,
}

impl Program {
    /// Program and arguments; the deadline is ten minutes.
    pub(crate) fn new<I: IntoIterator<Item: Into<String>>>(root: &Root, argv: I) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            search_path: root.search_path(),
            folder: PathBuf::from("/"),
            input: None,
            environment: Vec::new(),
            variables: root.environment.borrow().clone(),
            is_bare: false,
            deadline: Duration::from_mins(10),
        }
    }

    pub(crate) fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    pub(crate) fn folder(self, folder: PathBuf) -> Self {
        Self { folder, ..self }
    }

    pub(crate) fn input(self, input: Vec<u8>) -> Self {
        Self { input: Some(input), ..self }
    }

    pub(crate) fn environment(self, environment: &[(&'static str, &'static str)]) -> Self {
        Self { environment: environment.to_vec(), ..self }
    }

    /// Without the environment of the agent, as service(8) runs an init script.
    pub(crate) fn bare(self) -> Self {
        Self { is_bare: true, ..self }
    }

    /// Runs it; any exit status but 0 is an error.
    pub(crate) fn run(&self, output: &mut Output<'_>) -> Result<(), ProgramError> {
        self.run_kept(&[], output)
    }

    /// Runs it and keeps what it prints.
    pub(crate) fn run_to_end(&self, output: &mut Output<'_>) -> Ended {
        let keepers = [Keeper::default(), Keeper::default()];
        let done = self.run_kept(&keepers, output);
        let [stdout, stderr] = keepers.map(|keeper| keeper.printed());
        Ended { done, stdout, stderr }
    }

    fn run_kept(&self, keepers: &[Keeper], output: &mut Output<'_>) -> Result<(), ProgramError> {
        let mut tail = Tail::default();
        let status = self.watch(keepers, &mut |stream, line| {
            tail.push(stream, line);
            output(stream, line);
        })?;
        if status.success() { Ok(()) } else { Err(ProgramError::Exited { status, last_lines: tail.lines() }) }
    }

    /// Runs it and returns what it printed on standard output.
    pub(crate) fn read(&self) -> Result<String, ProgramError> {
        let mut text = String::new();
        self.run(&mut |stream, line| {
            if stream == Stream::Stdout {
                text.push_str(line);
                text.push('\n');
            }
        })?;
        Ok(text)
    }

    /// Runs it and returns whether its exit status was 0.
    pub(crate) fn succeeds(&self) -> Result<bool, ProgramError> {
        self.watch(&[], &mut |_, _| ()).map(|status| status.success())
    }

    /// Runs it; its streams, the standard output first, are kept by as many keepers as there are.
    fn watch(&self, keepers: &[Keeper], output: &mut Output<'_>) -> Result<ExitStatus, ProgramError> {
        let mut child = self.start()?;
        let group = Pid::from_child(&child);
        let messages = listen(&mut child, self.input.clone(), keepers);
        let mut tail = Tail::default();
        let in_time = follow(&messages, self.deadline, &mut |stream, line| {
            tail.push(stream, line);
            output(stream, line);
        });
        if in_time {
            return child.wait().map_err(|source| self.not_started(source));
        }
        end(group, &messages);
        // Not `wait`: a process that hangs in the kernel outlives even SIGKILL.
        let _ = child.try_wait();
        Err(ProgramError::Deadline { deadline: self.deadline, last_lines: tail.lines() })
    }

    fn start(&self) -> Result<Child, ProgramError> {
        let [name, arguments @ ..] = self.argv.as_slice() else {
            return Err(ProgramError::Empty);
        };
        if !self.folder.is_dir() {
            return Err(ProgramError::Folder { folder: self.folder.clone() });
        }
        let mut command = Command::new(name);
        if self.is_bare {
            command.env_clear();
        }
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("PATH", &self.search_path)
            // Messages are read by us and by people who search for them.
            .env("LC_ALL", "C")
            .envs(&self.variables)
            .envs(self.environment.iter().copied())
            .process_group(0)
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| self.not_started(source))
    }

    fn not_started(&self, source: io::Error) -> ProgramError {
        let program = self.argv.first().cloned().unwrap_or_default();
        match source.kind() {
            io::ErrorKind::NotFound => ProgramError::Missing { program },
            _ => ProgramError::Start { program, source },
        }
    }
}

/// Threads that send the program's lines and its end. One whose pipe a daemon holds open stays until the agent ends.
fn listen(child: &mut Child, input: Option<Vec<u8>>, keepers: &[Keeper]) -> Receiver<Message> {
    let (sender, receiver) = mpsc::sync_channel(256);
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, Stream::Stdout, keepers.first().cloned(), sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, Stream::Stderr, keepers.get(1).cloned(), sender.clone());
    }
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A program that does not read its input is no error of ours.
        thread::spawn(move || stdin.write_all(&input));
    }
    let pid = Pid::from_child(child);
    thread::spawn(move || {
        // The process is left unreaped, so that its number cannot pass to another before the group is killed.
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {
        }
        sender.send(Message::Exited)
    });
    receiver
}

fn forward(from: impl Read + Send + 'static, stream: Stream, keeper: Option<Keeper>, to: SyncSender<Message>) {
    thread::spawn(move || {
        let from: Box<dyn Read> = match keeper {
            Some(keeper) => Box::new(keeper.tee(from)),
            None => Box::new(from),
        };
        read_lines(from, |line| to.send(Message::Line(stream, line)).is_ok());
        to.send(Message::Closed)
    });
}

/// Hands on lines until the program has ended; `false` when the deadline comes first.
fn follow(messages: &Receiver<Message>, deadline: Duration, output: &mut Output<'_>) -> bool {
    let mut until = Instant::now() + deadline;
    let mut last: Option<Instant> = None;
    let mut open = 2;
    while !(last.is_some() && open == 0) {
        // An endless stream of lines must not outrun the deadline.
        let left = until.saturating_duration_since(Instant::now());
        match messages.recv_timeout(left) {
            _ if left.is_zero() => return last.is_some(),
            Ok(Message::Line(stream, line)) => {
                output(stream, &line);
                // Whoever takes the lines may be slower than the program was.
                if let Some(last) = last {
                    until = last.min(Instant::now() + GRACE_OF_OUTPUT);
                }
            }
            Ok(Message::Closed) => open -= 1,
            Ok(Message::Exited) => {
                last = Some(Instant::now() + LONGEST_OUTPUT);
                until = Instant::now() + GRACE_OF_OUTPUT;
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return last.is_some(),
        }
    }
    true
}

/// Ends a process group, first politely. Children that take no notice go even when their parent did.
fn end(group: Pid, messages: &Receiver<Message>) {
    // A group that is gone already is what is wanted.
    let _ = kill_process_group(group, Signal::TERM);
    let has_exited = follow(messages, GRACE_OF_END, &mut |_, _| ());
    let _ = kill_process_group(group, Signal::KILL);
    if !has_exited {
        follow(messages, GRACE_OF_END, &mut |_, _| ());
    }
}

/// The last lines of a program: those of standard error, or, where it was silent, those of standard output.
#[derive(Default)]
struct Tail {
    stdout: VecDeque<String>,
    stderr: VecDeque<String>,
}

impl Tail {
    fn push(&mut self, stream: Stream, line: &str) {
        let lines = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    fn lines(self) -> Vec<String> {
        if self.stderr.is_empty() { self.stdout } else { self.stderr }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new(&Root::default(), ["sh", "-c", script]).deadline(Duration::from_secs(20))
    }

    #[test]
    fn a_failure_carries_the_last_lines_of_standard_error() {
        let error = shell("seq 30; seq 100 130 >&2; exit 3").run(&mut |_, _| ()).unwrap_err();
        let ProgramError::Exited { status, last_lines } = error else { panic!("{error:?}") };
        assert_eq!(status.code(), Some(3));
        assert_eq!(last_lines.first().unwrap(), "121");
        assert_eq!(last_lines.len(), KEPT_LINES);
    }

    #[test]
    fn the_deadline_ends_children_too() {
        let dir = tempfile::tempdir().unwrap();
        let pid_file = dir.path().join("pid");
        let script = format!("(trap '' TERM; sleep 100) & echo $! >{}; echo started; wait", pid_file.display());
        let error = shell(&script).deadline(Duration::from_millis(500)).run(&mut |_, _| ()).unwrap_err();
        let ProgramError::Deadline { last_lines, .. } = error else { panic!("{error:?}") };
        assert_eq!(last_lines, ["started"]);
        let pid = std::fs::read_to_string(pid_file).unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        let until = Instant::now() + Duration::from_secs(5);
        // Nobody may have reaped it yet, so a zombie will do.
        while !state().is_empty() && !state().contains(") Z ") {
            assert!(Instant::now() < until, "{}", state());
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn an_endless_stream_of_lines_does_not_outrun_the_deadline() {
        let begun = Instant::now();
        let error = shell("yes").deadline(Duration::from_millis(300)).run(&mut |_, _| ()).unwrap_err();
        assert!(matches!(error, ProgramError::Deadline { .. }));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_daemon_that_holds_the_pipe_does_not_hold_us() {
        let begun = Instant::now();
        let mut lines = Vec::new();
        shell("echo done; sleep 8 &").run(&mut |_, line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["done"]);
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn what_was_printed_is_heard_to_its_end_by_who_is_slow() {
        let mut heard = 0;
        let slowly = &mut |_, _: &str| {
            heard += 1;
            thread::sleep(Duration::from_millis(1));
        };
        shell("seq 1000").run(slowly).unwrap();
        assert_eq!(heard, 1000);
    }

    #[test]
    fn input_reaches_the_program() {
        assert_eq!(shell("cat").input(b"a\nb".to_vec()).read().unwrap(), "a\nb\n");
        shell("true").input(vec![b'x'; 1 << 20]).run(&mut |_, _| ()).unwrap();
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Program::new(&Root::default(), ["no-such-program"]).succeeds().unwrap_err();
        assert!(matches!(error, ProgramError::Missing { program } if program == "no-such-program"));
    }
}
