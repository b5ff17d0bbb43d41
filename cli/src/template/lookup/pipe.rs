//! Commands on the controller, within bounds: their time, and what they write.

use std::{
    io::Read,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use minijinja::{Error, value::Value};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use super::{Call, failed, python};

/// Longest time of a command.
const LIMIT: Duration = Duration::from_mins(1);

/// Most that is read of it.
const MAX: u64 = 16 << 20;

/// What each command writes, without line ends at its end.
pub(super) fn pipe(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    terms.iter().map(|term| Ok(run(&python::text(term)?)?.trim_end().into())).collect()
}

/// The lines that commands write.
pub(super) fn lines(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut lines = Vec::new();
    for term in terms {
        lines.extend(run(&python::text(term)?)?.lines().map(Value::from));
    }
    Ok(lines)
}

fn run(text: &str) -> Result<String, Error> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(text).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn().map_err(|error| failed(format!("the command cannot be started: {error}")))?;
    let group = i32::try_from(child.id()).map(Pid::from_raw).map_err(|_| failed("the command has no process id"))?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.map_or(Ok(0), |stdout| stdout.take(MAX + 1).read_to_end(&mut bytes));
        // Nobody listens any more where the time was over.
        let _ = sender.send(read.map(|_| bytes));
    });
    let end = || {
        // It may have ended by itself.
        let _ = killpg(group, Signal::SIGKILL);
    };
    let read = receiver.recv_timeout(LIMIT);
    let bytes = match read {
        Ok(Ok(bytes)) if bytes.len() as u64 <= MAX => bytes,
        other => {
            end();
            child.wait().map_err(|error| failed(format!("the command cannot be waited for: {error}")))?;
            return Err(failed(match other {
                Err(_) => format!("the command took longer than {} s", LIMIT.as_secs()),
                Ok(Err(error)) => format!("what the command writes cannot be read: {error}"),
                Ok(Ok(_)) => format!("the command writes more than {} MiB", MAX >> 20),
            }));
        }
    };
    let status = child.wait().map_err(|error| failed(format!("the command cannot be waited for: {error}")))?;
    if !status.success() {
        return Err(failed(format!("the command failed: {status}")));
    }
    String::from_utf8(bytes).map_err(|_| failed("what the command writes is not text"))
}
