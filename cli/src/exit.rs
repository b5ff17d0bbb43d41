//! Exit codes, all of them.

use std::process::ExitCode;

/// How `lvsctl` ends. The guide lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all went well; for `plan`, nothing is to do.
    Ok,
    /// 1: something failed on a node, or a check did not pass.
    Failed,
    /// 2: changes are pending (`plan`, or `apply --check` of a kept plan), or a live table differs from the inventory (`status`). A command line that cannot be understood ends with 2 as well, as clap has it,
    /// but prints nothing on standard output.
    Pending,
    /// 65: a mistake in the user's files; no node was contacted.
    BadInput,
    /// 69: something that lvsctl needs on this machine is missing.
    MissingHere,
    /// 130: stopped by Ctrl-C.
    Interrupted,
    /// The exit status of a command that was run for the user (`lab exec`).
    Other(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Pending => 2,
            Exit::BadInput => 65,
            Exit::MissingHere => 69,
            Exit::Interrupted => 130,
            Exit::Other(status) => status,
        })
    }
}
