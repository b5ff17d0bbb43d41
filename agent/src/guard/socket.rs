//! What is said to a guardian, over a socket in the agent's folder, which only root can enter.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::ExitCode,
    time::Duration,
};

use super::{last_rolled_back, told};
use crate::{
    json,
    node::Folder,
    wire::{Confirmation, Failure, is_run_name},
};

/// Longest line either side takes.
const LONGEST: u64 = 256;

/// How long a visitor may take to say what he wants.
const MANNERS: Duration = Duration::from_secs(2);

/// How long a visitor waits for an answer: what is taken back may have connections to wait for.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a controller says of a run whose changes stay.
pub const CONFIRM: &str = "confirm";
/// What it says of one whose changes are to be taken back at once.
pub const REFUSE: &str = "refuse";

/// What a visitor asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// That the changes of this run stay.
    Confirm(String),
    /// That the changes of this run are taken back now.
    Refuse(String),
    /// That a run which nobody carries on is taken back now.
    GiveUp,
}

/// Somebody who has come with a question.
pub(super) struct Visitor {
    stream: UnixStream,
    pub(super) asked: Asked,
}

impl Visitor {
    /// Hears what is asked; one who says nothing sensible is nobody.
    pub(super) fn hear(stream: UnixStream) -> Option<Self> {
        stream.set_read_timeout(Some(MANNERS)).ok()?;
        let mut line = String::new();
        BufReader::new((&stream).take(LONGEST)).read_line(&mut line).ok()?;
        let asked = match line.trim_end().split_once(' ') {
            Some((CONFIRM, run)) if is_run_name(run) => Asked::Confirm(run.to_owned()),
            Some((REFUSE, run)) if is_run_name(run) => Asked::Refuse(run.to_owned()),
            Some(("give", "up")) => Asked::GiveUp,
            _ => return None,
        };
        Some(Self { stream, asked })
    }

    pub(super) fn answer(mut self, confirmation: &Confirmation) {
        // A visitor who has gone again can ask once more, and finds what is written down.
        let _ = serde_json::to_vec(confirmation)
            .map_err(std::io::Error::from)
            .and_then(|line| self.stream.write_all(&line));
    }
}

/// What a guardian said.
enum Said {
    /// There is none.
    Nobody,
    /// It ended without an answer.
    Ended,
    Answer(Confirmation),
}

fn ask(folder: &Folder, question: &str) -> Said {
    let Ok(mut stream) = UnixStream::connect(folder.socket()) else { return Said::Nobody };
    let mut answer = Vec::new();
    let heard = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| writeln!(stream, "{question}"))
        .and_then(|()| stream.take(LONGEST).read_to_end(&mut answer));
    match (heard, json::from_slice(&answer)) {
        (Ok(_), Ok(answer)) => Said::Answer(answer),
        // It ended while we spoke, which is an end as well.
        _ => Said::Ended,
    }
}

/// `lvs-agent confirm RUN` and `lvs-agent refuse RUN`, over a fresh connection: prints a [`Confirmation`].
pub fn answer(folder: &Path, word: &str, run: &str) -> ExitCode {
    let answer = Folder::open(folder).and_then(|folder| {
        if !is_run_name(run) {
            return Err(Failure::new(format!("{word} a run"), format!("{run:?} cannot name one")));
        }
        Ok(match (ask(&folder, &format!("{word} {run}")), last_rolled_back(&folder)) {
            (Said::Answer(answer), _) => answer,
            // The agent, which waits for it, tells of it.
            (Said::Ended, _) if word == REFUSE => Confirmation::Late,
            (_, Some(last)) if last.run == run => {
                told(&folder);
                Confirmation::RolledBack(Box::new(last))
            }
            _ => Confirmation::Nothing,
        })
    });
    let said = match &answer {
        Ok(answer) => serde_json::to_string(answer).map_err(std::io::Error::from),
        Err(failure) => Ok(format!("lvs-agent: failed to {}: {}", failure.tried, failure.came_back)),
    };
    match (answer, said.and_then(|line| writeln!(std::io::stdout(), "{line}"))) {
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Has the guardian of a run that nobody carries on take it back, and waits until it has ended; `false` where there is no
/// such guardian.
pub(crate) fn give_up(folder: &Folder) -> bool {
    matches!(ask(folder, "give up"), Said::Ended)
}
