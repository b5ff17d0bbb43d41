//! Standard output and standard error.

use std::io::{self, IsTerminal, Write};

use crate::{
    args::Output,
    report::{Bars, Detail, Json, Lines, Plan, Reporter, Reports},
};

/// Writes to standard output. A reader that has gone (`lvsctl status | head`) is no error.
pub(super) fn print(text: &str) -> io::Result<()> {
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
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether standard error takes colour.
pub(super) fn has_colour() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Whether somebody can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The reporter for a run that changes something.
pub(super) fn reports(output: Output, detail: Detail) -> Reports {
    match output {
        Output::Json => Reports::to(Json::new(anstream::stdout())),
        _ => Reports::to(talk(output, detail)),
    }
}

/// The reporter for a plan.
pub(super) fn plan_reports(output: Output) -> Reports {
    match output {
        Output::Json => Reports::to(Json::new(anstream::stdout())),
        _ => Reports::to(Plan::new(talk(output, Detail::Diff), anstream::stdout())),
    }
}

fn talk(output: Output, detail: Detail) -> Box<dyn Reporter> {
    if output == Output::Auto && io::stderr().is_terminal() {
        Box::new(Bars::new(anstream::stdout(), detail, has_colour()))
    } else {
        Box::new(Lines::new(anstream::stderr(), anstream::stdout(), detail))
    }
}
