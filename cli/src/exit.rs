//! Exit codes, all of them.

/// How `lvsctl` ends. The guide lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well; for `plan`, nothing is to do.
    Ok = 0,
    /// Something failed on a node, or a check did not pass.
    Failed = 1,
    /// `plan`: changes are pending.
    Pending = 2,
    /// The command line cannot be understood.
    Usage = 64,
    /// A mistake in the user's files; no node was contacted.
    BadInput = 65,
    /// Something that lvsctl needs on this machine is missing.
    MissingHere = 69,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
