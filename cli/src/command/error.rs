//! Why a command could not be carried out, as it is shown at the edge.

use std::{fmt::Write, io, path::PathBuf};

use crate::{
    exit::Exit,
    lab,
    plan_file::Deviation,
    report::{count, harmless},
    session::AgentBinaryError,
    source::Diagnostics,
    vault::{self, PasswordError},
};

/// Deviations that are shown in full.
const MOST: usize = 20;

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Mistakes in the user's files. No node was contacted.
    #[error("understand the input")]
    BadInput(#[from] Diagnostics),
    /// There is no inventory.
    #[error("find an inventory: neither -i nor LVSCTL_INVENTORY names one, and here is no inventory.yml")]
    NoInventory,
    /// There is no agent to push.
    #[error(transparent)]
    Agent(#[from] AgentBinaryError),
    /// The lab.
    #[error(transparent)]
    Lab(#[from] lab::Error),
    /// Nodes are not any more as a plan found them.
    #[error("do what was planned: {} not any more as found", is_or_are(.0.len()))]
    Moved(Vec<Deviation>),
    /// Options that do not go together, or not here.
    #[error("understand the command line: {what}")]
    CommandLine {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A file could not be written.
    #[error("write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A vault password cannot be had.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Standard output took nothing.
    #[error("write to standard output")]
    Output(#[from] io::Error),
}

impl Error {
    /// How the program ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::BadInput(_) | Self::NoInventory | Self::Password(_) | Self::Lab(lab::Error::Topology(_)) => {
                Exit::BadInput
            }
            // As clap has it.
            Self::CommandLine { .. } => Exit::Pending,
            Self::Agent(_) => Exit::MissingHere,
            Self::Lab(error) if error.is_missing_here() => Exit::MissingHere,
            Self::Lab(_) | Self::Output(_) | Self::Write { .. } | Self::Moved(_) => Exit::Failed,
        }
    }

    /// As shown to a person: mistakes with their places; anything else with its causes and a hint.
    pub fn render(&self, colour: bool) -> String {
        if let Self::BadInput(diagnostics) | Self::Lab(lab::Error::Topology(diagnostics)) = self {
            let count = diagnostics.all().len();
            let plural = if count == 1 { "mistake" } else { "mistakes" };
            return format!("{}\n\n{count} {plural}; no node was contacted", diagnostics.render(colour));
        }
        let mut text = format!("error: failed to {self}");
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  caused by: {next}");
            cause = next.source();
        }
        if let Self::Moved(deviations) = self {
            text += &moved(deviations);
        }
        if let Some(hint) = self.hint() {
            let _ = write!(text, "\n\nhint: {hint}");
        }
        text
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoInventory => {
                Some("say which: `-i inventory.yml`; for a lab, `-i $(lvsctl lab status --inventory-path)`".into())
            }
            Self::Agent(error) => Some(error.hint().to_owned()),
            Self::Lab(error) => error.hint(),
            Self::Write { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                Some("name another file, or write over it with --force".into())
            }
            Self::Password(_) => Some("a password file has the password and nothing else; a program prints it".into()),
            Self::Moved(_) => Some("nothing was changed; look at the new plan: `lvsctl plan --out FILE`".into()),
            Self::CommandLine { hint, .. } => Some(hint.clone()),
            Self::BadInput(_) | Self::Output(_) | Self::Write { .. } => None,
        }
    }
}

fn is_or_are(tasks: usize) -> String {
    format!("{} of it {}", count(tasks, "task"), if tasks == 1 { "is" } else { "are" })
}

/// What was planned and what is there now, by host and task.
fn moved(deviations: &[Deviation]) -> String {
    let mut text = String::new();
    for Deviation { host, task, planned, now } in deviations.iter().take(MOST) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {host}: {}", harmless(task));
        for (head, lines) in [("planned:", planned), ("now:", now)] {
            for (index, line) in lines.iter().enumerate() {
                let head = if index == 0 { head } else { "" };
                let _ = write!(text, "\n    {head:9} {}", harmless(line).replace('\n', "\\n"));
            }
        }
    }
    if deviations.len() > MOST {
        let _ = write!(text, "\n  and {} more", deviations.len() - MOST);
    }
    vault::mask(&text).into_owned()
}
