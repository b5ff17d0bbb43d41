//! Why a conversation with the kernel went wrong.

use std::{error::Error as _, fmt, io, time::Duration};

use rustix::io::Errno;

use super::Malformed;

/// Why a conversation with the kernel went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("open a netlink socket")]
    Open(#[source] io::Error),
    #[error("send to the kernel")]
    Send(#[source] io::Error),
    #[error("hear from the kernel")]
    Receive(#[source] io::Error),
    #[error("hear from the kernel within {} s", .0.as_secs())]
    Late(Duration),
    /// Answers were lost (ENOBUFS): what the kernel did is not known and must be read back.
    #[error("hear all answers of the kernel: the socket's buffer was full")]
    Overrun,
    #[error("read an answer of {0} bytes: it is longer than the buffer")]
    Truncated(usize),
    /// The table changed while it was read (`NLM_F_DUMP_INTR`).
    #[error("read a table that stands still for as long as it takes")]
    Unsteady,
    #[error("understand the kernel's answer")]
    Malformed(#[from] Malformed),
    #[error("get a yes from the kernel")]
    Refused(#[from] Refusal),
}

/// The kernel's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// errno(3).
    pub errno: i32,
    /// What the kernel says about it, where it says anything.
    pub words: Option<String>,
}

impl Error {
    /// The kernel's no, where it is one.
    pub(crate) const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether it is the kernel's no for this reason.
    pub(crate) fn is(&self, errno: Errno) -> bool {
        self.refusal().is_some_and(|refusal| refusal.is(errno))
    }

    /// The error with its causes, on one line. The kernel's no speaks for itself.
    pub(crate) fn chain(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            error => match error.source() {
                Some(source) => format!("could not {error}: {source}"),
                None => format!("could not {error}"),
            },
        }
    }
}

impl Refusal {
    /// Whether it is for this reason.
    pub(crate) fn is(&self, errno: Errno) -> bool {
        self.errno == errno.raw_os_error()
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", io::Error::from_raw_os_error(self.errno))?;
        match &self.words {
            Some(words) => write!(f, ": {words}"),
            None => Ok(()),
        }
    }
}
