//! Standard output and standard error.

use std::io::{self, IsTerminal, Write};

use lvs_agent::wire::Failure;

use super::Error;
use crate::{
    args::Output,
    report::{Form, harmless},
    vault,
};

/// Puts the cursor to the upper left and clears what is below (ECMA-48 CUP, ED).
const CLEAR: &str = "\x1b[H\x1b[J";

/// Writes to standard output. A reader that has gone (`lvsctl status | head`) is no error. Much of it comes from nodes,
/// none of which is to steer a terminal.
pub(super) fn print(text: &str) -> io::Result<()> {
    write(&harmless(text))
}

/// The same in the place of what the terminal shows.
pub(super) fn print_anew(text: &str) -> io::Result<()> {
    write(&format!("{CLEAR}{}", harmless(text)))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let result = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says something to the person at work.
pub(super) fn say(text: &str) {
    // Standard error that is closed takes no talk, and nothing hangs on it.
    let _ = writeln!(anstream::stderr(), "{}", vault::mask(text));
}

/// Whether standard error takes colour.
pub(super) fn has_colour() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Whether somebody can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// How a run is reported.
pub(super) fn form(output: Output) -> Form {
    match output {
        Output::Auto => Form::Auto,
        Output::Plain => Form::Plain,
        Output::Json => Form::Json,
        Output::Junit => Form::Talk,
    }
}

/// What carries out no tasks has no results for a build server.
pub(super) fn no_junit(output: Output) -> Result<(), Error> {
    if output != Output::Junit {
        return Ok(());
    }
    Err(Error::CommandLine {
        what: "`--output junit` is for what carries out tasks".to_owned(),
        hint: "use it with plan, apply, run, shell, rollback or teardown, or use `--output json`".to_owned(),
    })
}

/// Tells of a node that could not be asked.
pub(super) fn tell_failure(host: &str, failure: &Failure) {
    let Failure { tried, came_back, hint } = failure;
    say(&format!("{host}: failed to {}", harmless(tried)));
    for line in harmless(came_back).lines() {
        say(&format!("    {line}"));
    }
    if let Some(hint) = hint {
        say(&format!("  hint: {}", harmless(hint)));
    }
}

/// Tells of nodes from which nobody could part in good order.
pub(super) fn tell_partings<E: std::fmt::Display>(failed: impl IntoIterator<Item = (impl std::fmt::Display, E)>) {
    for (host, error) in failed {
        say(&format!("{host}: failed to {}", harmless(&error.to_string())));
    }
}
