//! Inventory programs: run with `--list`, and with `--host NAME` where that did not tell the variables of hosts.

use std::{
    io::{self, Read},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{self, Path},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{draft::Draft, findings::Findings, program_output};
use crate::{
    source::{Code, Diagnostic, Source},
    yaml::{self, Node, Value},
};

/// How long a program may take. Those that ask a cloud take tens of seconds.
const DEADLINE: Duration = Duration::from_mins(2);

/// The most that is taken of what it prints.
const MAX_BYTES: u64 = 64 << 20;

/// How much of its standard error is shown.
const SHOWN_LINES: usize = 10;

/// Whether a file is to be run and not read.
pub(super) fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Runs a program and adds its hosts to the draft. `false` where it is no program, but a file that may be executed.
pub(super) fn read(draft: &mut Draft, findings: &mut Findings, path: &Path) -> bool {
    match read_all(draft, findings, path) {
        Ok(is_program) => is_program,
        Err(mistake) => {
            findings.mistakes.push(mistake);
            true
        }
    }
}

fn read_all(draft: &mut Draft, findings: &mut Findings, path: &Path) -> Result<bool, Diagnostic> {
    let Some(output) = run(path, &["--list"])? else { return Ok(false) };
    let named = program_output::read(draft, findings, &output);
    for host in named.hosts {
        let name = draft.hosts[host].name.clone();
        let vars = match &named.vars {
            Some(vars) => vars.get(&name).cloned(),
            None => run(path, &["--host", &name])?,
        };
        let Some(vars) = vars.filter(|vars| !vars.is_null()) else { continue };
        let map = vars.as_map().map_err(|_| vars.wrong_type(&format!("the variables of `{name}`")))?;
        for (key, node) in map.iter() {
            draft.set_host_var(host, &key.name, node, &mut findings.mistakes);
        }
    }
    Ok(true)
}

/// What a program prints, as a value; nothing is null. `None` where it cannot be run, since it is none.
fn run(path: &Path, arguments: &[&str]) -> Result<Option<Node>, Diagnostic> {
    let shown = format!("{} {}", path.display(), arguments.join(" "));
    let failed = |what: String, stderr: &str| {
        let hint = match stderr {
            "" => format!("run it by hand: {shown}"),
            stderr => format!("it said:\n{stderr}"),
        };
        Diagnostic::without_place(Code::InventoryProgram, format!("the inventory program `{shown}` {what}")).hint(hint)
    };
    let Finished { status, stdout, stderr } = match execute(path, arguments) {
        Ok(finished) => finished,
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => return Ok(None),
        Err(error) => return Err(failed(format!("could not be run: {error}"), "")),
    };
    let stderr = last_lines(&stderr);
    let Some(status) = status else {
        return Err(failed(format!("was ended after {} seconds", DEADLINE.as_secs()), &stderr));
    };
    if !status.success() {
        return Err(failed(format!("ended with {status}"), &stderr));
    }
    if stdout.len() as u64 > MAX_BYTES {
        return Err(failed(format!("printed more than {MAX_BYTES} bytes"), &stderr));
    }
    let text =
        String::from_utf8(stdout).map_err(|_| failed("printed something that is not UTF-8".to_owned(), &stderr))?;
    let source = Source::new(format!("output of {shown}"), text);
    crate::source::note(source.name(), source.text().as_bytes());
    if arguments[0] == "--host" && source.text().trim().is_empty() {
        return Ok(Some(Node { value: Value::Null, span: crate::source::Span::whole(&source) }));
    }
    match yaml::parse_json(&source) {
        Ok(node) => Ok(Some(node)),
        Err(mistake) if stderr.is_empty() => Err(mistake),
        Err(mistake) => Err(mistake.hint(format!("it said:\n{stderr}"))),
    }
}

struct Finished {
    /// `None` where it took too long.
    status: Option<ExitStatus>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// Runs a program to its end or to the deadline, with everything that it started.
fn execute(path: &Path, arguments: &[&str]) -> io::Result<Finished> {
    let mut child = Command::new(path::absolute(path)?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (sender, ended) = mpsc::channel();
    let waiter = thread::spawn(move || {
        let out = thread::spawn(move || take(stdout));
        let err = take(stderr);
        let out = out.join().unwrap_or_default();
        // The receiver is gone only after it has what it waits for.
        let _ = sender.send(());
        (child.wait(), out, err)
    });
    let deadline = Instant::now() + DEADLINE;
    let in_time = ended.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok();
    if !in_time && let Some(group) = group {
        // It may have ended just now.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let (status, stdout, stderr) = waiter.join().map_err(|_| io::Error::other("its output could not be read"))?;
    Ok(Finished { status: if in_time { Some(status?) } else { None }, stdout, stderr })
}

/// All that is printed, up to a byte more than is taken.
fn take(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What was read before an error is what is shown.
        let _ = stream.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    }
    bytes
}

fn last_lines(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<String> =
        text.lines().map(|line| line.chars().filter(|c| !c.is_control()).take(200).collect()).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}
