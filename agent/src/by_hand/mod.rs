//! `lvs-agent ipvs`: the IPVS table by hand, for a person on the node. What the controller does with a director, without
//! a controller.

mod arguments;
mod command;
mod file;
mod listing;
mod restore;
mod service_name;

use std::{io::Write, process::ExitCode};

use arguments::Arguments;
use command::{COMMANDS, Command};

use crate::wire::Failure;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was done; for `diff`, nothing differs.
    Done,
    /// `diff`: something differs.
    Differs,
}

/// Why a command was not carried out.
#[derive(Debug)]
enum Error {
    /// It is not written as it should be.
    Usage(String),
    /// It failed.
    Failed(Failure),
    /// Nobody reads the output any more.
    Output(std::io::Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

/// Carries out `lvs-agent ipvs WORDS`; data goes to `output` and talk to `talk`.
///
/// The exit status is 0, 1 if it failed, 2 if `diff` found a difference, and 64 (`EX_USAGE`) if the words are wrong.
pub fn ipvs(words: &[&str], output: &mut dyn Write, talk: &mut dyn Write) -> ExitCode {
    let mut output = std::io::BufWriter::new(output);
    let done = match words {
        ["--help" | "-h" | "help"] => {
            output.write_all(command::usage().as_bytes()).map(|()| End::Done).map_err(Error::from)
        }
        _ => carry_out(words, &mut output, talk),
    };
    let done = done.and_then(|end| Ok(output.flush().map(|()| end)?));
    // Talk that nobody hears is no failure, and the exit status says it, too.
    match done {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Differs) => ExitCode::from(2),
        Err(Error::Usage(what)) => {
            let _ = write!(talk, "lvs-agent: {what}\n\n{}", command::usage());
            ExitCode::from(64)
        }
        Err(Error::Failed(Failure { tried, came_back, hint })) => {
            let _ = writeln!(talk, "lvs-agent: failed to {tried}: {came_back}");
            if let Some(hint) = hint {
                let _ = writeln!(talk, "\nhint: {hint}");
            }
            ExitCode::FAILURE
        }
        Err(Error::Output(error)) => {
            let _ = writeln!(talk, "lvs-agent: failed to write: {error}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(words: &[&str], output: &mut dyn Write, talk: &mut dyn Write) -> Result<End, Error> {
    let (name, words) = words.split_first().ok_or_else(|| Error::Usage("what about the IPVS table?".to_owned()))?;
    let known = COMMANDS.iter().find(|command| command.name == *name);
    let Command { options, operands, run, .. } =
        known.ok_or_else(|| Error::Usage(format!("`ipvs {name}` is unknown")))?;
    let arguments =
        Arguments::read(words, options, *operands).map_err(|what| Error::Usage(format!("ipvs {name}: {what}")))?;
    run(&arguments, output, talk)
}
