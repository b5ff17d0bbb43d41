//! How a run is told: on the screen, and for `--profile`, `--junit` and `plan --out` kept meanwhile.

use std::fs;

use super::{Error, screen};
use crate::{
    args::{Output, ReportOptions},
    report::{Recap, Record, Reports, Verbosity, junit, profile},
};

/// How much is said.
pub(super) fn verbosity(options: &ReportOptions) -> Verbosity {
    Verbosity(options.verbose)
}

/// The same reports, kept as well; what is kept can then be told in other ways.
pub(super) fn recorded(reports: Reports) -> (Reports, Record) {
    let record = Record::default();
    (reports.also(record.clone()), record)
}

/// Tells what was kept in the ways that were asked for. Fails where somebody did not get what was for him.
pub(super) fn tell(
    options: &ReportOptions,
    output: Output,
    reports: &Reports,
    record: &Record,
    recap: &Recap,
) -> Result<(), Error> {
    if options.profile {
        screen::say(&format!("\n{}", profile(record).trim_end()));
    }
    if output == Output::Junit {
        screen::print(&junit(record, recap))?;
    }
    if let Some(path) = &options.junit {
        fs::write(path, junit(record, recap)).map_err(|source| Error::Write { path: path.clone(), source })?;
    }
    reports.result()?;
    Ok(())
}
