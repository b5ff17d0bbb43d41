//! Why a program did not do its work.

use std::{io, os::unix::process::ExitStatusExt, path::PathBuf, process::ExitStatus, time::Duration};

use crate::wire::Failure;

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// No program was named.
    #[error("no program is named")]
    Empty,
    /// It is not on the node.
    #[error("there is no program `{program}` on this node")]
    Missing { program: String },
    /// Its working folder is not there.
    #[error("there is no folder {} to run it in", folder.display())]
    Folder { folder: PathBuf },
    /// It could not be started.
    #[error("`{program}` could not be started: {source}")]
    Start { program: String, source: io::Error },
    /// It took too long and was ended.
    #[error("it had not ended after {} s and was killed{}", deadline.as_secs_f32(), shown(last_lines))]
    Deadline { deadline: Duration, last_lines: Vec<String> },
    /// It ended with an error.
    #[error("{}{}", words(*status), shown(last_lines))]
    Exited { status: ExitStatus, last_lines: Vec<String> },
}

impl ProgramError {
    /// Whether one of its last lines has one of these texts.
    pub(crate) fn says(&self, texts: &[&str]) -> bool {
        let (Self::Deadline { last_lines, .. } | Self::Exited { last_lines, .. }) = self else { return false };
        last_lines.iter().any(|line| texts.iter().any(|text| line.contains(text)))
    }

    /// The exit status as Python's subprocess has it: a signal that killed it is negative.
    pub(crate) fn code(&self) -> Option<i32> {
        let Self::Exited { status, .. } = self else { return None };
        status.code().or_else(|| status.signal().map(|signal| -signal))
    }

    /// Why it could not be started, as errno(3) numbers it; `None` where it was.
    pub(crate) fn errno(&self) -> Option<i32> {
        match self {
            Self::Empty | Self::Missing { .. } | Self::Folder { .. } => Some(rustix::io::Errno::NOENT.raw_os_error()),
            Self::Start { source, .. } => source.raw_os_error(),
            Self::Deadline { .. } | Self::Exited { .. } => None,
        }
    }

    /// Its last lines.
    pub(crate) fn stderr(&self) -> String {
        let (Self::Deadline { last_lines, .. } | Self::Exited { last_lines, .. }) = self else { return String::new() };
        last_lines.join("\n")
    }

    /// As a failure of what was tried.
    pub(crate) fn into_failure(self, tried: impl Into<String>) -> Failure {
        Failure::new(tried, self)
    }
}

fn words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}

fn shown(last_lines: &[String]) -> String {
    last_lines.iter().fold(String::new(), |text, line| text + "\n" + line)
}
