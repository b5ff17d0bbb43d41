//! Programs of this machine that the lab uses, each with a deadline.

use std::{
    env,
    ffi::OsString,
    fmt::Write,
    io,
    path::PathBuf,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::Error;

/// No program of these takes longer, except building an image.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a program to its end and returns what it wrote to stdout. `what` says what for, as in "failed to …".
pub(super) async fn run(command: &mut Command, input: Option<&str>, what: &str) -> Result<String, Error> {
    let program = name(command);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|source| Error::Spawn { program: program.clone(), source })?;
    let stdin = child.stdin.take().zip(input);
    let write = async {
        if let Some((mut stdin, input)) = stdin {
            // A program that ends before it read everything says why itself.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let finished = timeout(PATIENCE, async { tokio::join!(write, child.wait_with_output()).1 }).await;
    let Ok(output) = finished else {
        return Err(Error::TimedOut { what: what.to_owned(), waited: PATIENCE, tail: String::new() });
    };
    let Output { status, stdout, stderr } =
        output.map_err(|source| Error::Spawn { program: program.clone(), source })?;
    if !status.success() {
        return Err(failed(what, program, status, &String::from_utf8_lossy(&stderr)));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

/// The error of a program that ended badly.
pub(super) fn failed(what: &str, program: String, status: ExitStatus, stderr: &str) -> Error {
    Error::Tool { what: what.to_owned(), program, status: format!("ended with {status}"), tail: tail(stderr, 15) }
}

/// The last lines of a text, indented.
pub(super) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &all[all.len().saturating_sub(lines)..];
    last.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The first twelve digits of a SHA-256, enough to name a file after its content.
pub(super) fn short_hash(hash: Sha256) -> String {
    let mut text = String::new();
    for byte in hash.finalize().iter().take(6) {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}

/// The program of a command, for messages.
pub(super) fn name(command: &Command) -> String {
    command.as_std().get_program().to_string_lossy().into_owned()
}

/// `PATH` with the folders of the superuser's programs, which an ordinary user's lacks.
pub(super) fn path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    path.push(":/usr/sbin:/sbin");
    path
}

/// Looks a program up in that path.
pub(super) fn find(program: &str) -> io::Result<PathBuf> {
    env::split_paths(&path())
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{program} is not installed")))
}
