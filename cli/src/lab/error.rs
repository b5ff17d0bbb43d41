//! What can go wrong in a lab. Texts fit behind "failed to".

use std::{io, path::PathBuf, time::Duration};

use crate::source::Diagnostics;

/// What can go wrong in a lab.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Programs or permissions that a lab needs.
    #[error("use a lab on this machine:\n  {}", .0.join("\n  "))]
    Missing(Vec<String>),
    /// The topology file has mistakes.
    #[error("read the topology:\n{0}")]
    Topology(Diagnostics),
    /// A name of a lab that cannot be a folder's.
    #[error("use `{0}` as the name of a lab")]
    BadName(String),
    /// No such lab.
    #[error("find the lab `{0}`: it is not up")]
    NoLab(String),
    /// No such node.
    #[error("find `{node}`: the nodes of the lab are {}", .known.join(", "))]
    NoNode {
        /// What was asked for.
        node: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No such NIC.
    #[error("find `{nic}` on {node}: its NICs are {}", .known.join(", "))]
    NoNic {
        /// The node.
        node: String,
        /// What was asked for.
        nic: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The lab is up with something else than what is asked for now.
    #[error("bring the lab up with another topology: {0}")]
    TopologyChanged(String),
    /// Another process is at work on the same lab or image.
    #[error("get hold of {what} within {} s: another lvsctl is at work on it", .waited.as_secs())]
    Busy {
        /// What it waited for.
        what: String,
        /// How long.
        waited: Duration,
    },
    /// A file or folder.
    #[error("{what} {}", .path.display())]
    Io {
        /// `write`, `read`, `remove`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The image under a lab's disks is gone.
    #[error("find {}, the image under the disks of this lab", .0.display())]
    NoImage(PathBuf),
    /// A path that UML cannot use for its control socket.
    #[error("use {}: a path of a UNIX socket has at most 107 characters", .0.display())]
    PathTooLong(PathBuf),
    /// A program that could not be started.
    #[error("start {program}")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program that ended badly.
    #[error("{what}: {program} {status}\n{tail}")]
    Tool {
        /// What it was to do.
        what: String,
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote.
        tail: String,
    },
    /// A wait that ran out.
    #[error("{what} within {} s{}", .waited.as_secs(), of_console(.tail))]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
        /// The last lines of the console, where there is one.
        tail: String,
    },
    /// A node's kernel that ended while it booted.
    #[error("boot {node}: its kernel ended{}", of_console(.tail))]
    Died {
        /// The node.
        node: String,
        /// The last lines of its console.
        tail: String,
    },
    /// The node is not running.
    #[error("reach {0}: it is powered off")]
    Off(String),
    /// The recorded state of the lab cannot be read.
    #[error("understand {}", .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The inventory cannot be written.
    #[error("write the inventory: {0}")]
    Inventory(String),
    /// Several nodes did not come up.
    #[error("bring up {} of {of} nodes:\n{}", .failed.len(), list(.failed))]
    Nodes {
        /// Why, for each that failed.
        failed: Vec<Error>,
        /// How many there are.
        of: usize,
    },
}

fn of_console(lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("; the last lines of its console:\n{lines}") }
}

fn list(errors: &[Error]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Error {
    pub(super) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, path: path.into(), source }
    }

    /// What the reader might do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::BadName(_) => "take a few lower-case letters, digits and dashes".into(),
            Self::NoLab(name) if name == "default" => "`lvsctl lab up` makes it".into(),
            Self::NoLab(name) => format!("`lvsctl lab up --name {name}` makes it"),
            Self::TopologyChanged(_) => "`lvsctl lab down` first, or give the new lab another --name".into(),
            Self::Busy { .. } => "wait for it, or end it; what it holds is free as soon as it ends".into(),
            Self::PathTooLong(_) => "give the lab a shorter --name, or set XDG_STATE_HOME to a shorter folder".into(),
            Self::NoImage(_) => "what the nodes wrote is of no use without it: `lvsctl lab down`, then `up`".into(),
            Self::Off(node) => format!("`lvsctl lab up` or `lvsctl lab reboot {node}` boots it"),
            Self::State { .. } => "`lvsctl lab down` ends what is left of it".into(),
            Self::Died { tail, .. } if tail.contains("ptrace set fp regs failed") => {
                "this kernel cannot save all registers of this processor; please report the processor".into()
            }
            Self::Died { node, .. } => format!("`lvsctl lab console {node}` shows its whole boot log"),
            Self::Nodes { .. } => {
                "`lvsctl lab up` again boots what is missing; `lvsctl lab console NODE` shows why".into()
            }
            Self::Tool { program, .. } if program == "mmdebstrap" => {
                "the image is made from this machine's own apt sources: does `apt-get update` work here?".into()
            }
            _ => return None,
        })
    }

    /// Whether something is missing on this machine, as opposed to something that failed.
    pub fn is_missing_here(&self) -> bool {
        matches!(self, Self::Missing(_))
    }
}
