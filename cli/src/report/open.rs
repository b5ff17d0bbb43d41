//! The reporter that fits the streams of this program.

use std::io::{IsTerminal, stderr};

use anstream::{AutoStream, ColorChoice};

use super::{AdHoc, Bars, Detail, Json, Lines, Plan, Reporter, Reports, Verbosity};

/// In which form a run is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bars where standard error is a terminal, plain lines elsewhere.
    Auto,
    /// Plain lines.
    Plain,
    /// JSON lines on standard output.
    Json,
    /// Plain lines on standard error: standard output is for a document of the run as a whole.
    Talk,
}

impl Reports {
    /// Reports a run that changes something.
    pub fn of_apply(form: Form, detail: Detail, verbosity: Verbosity) -> Self {
        match form {
            Form::Json => Self::to(Json::new(anstream::stdout())),
            _ => Self::to(talk(form, detail, verbosity)),
        }
    }

    /// Reports a run in check mode: its differences, as a whole, at the end.
    pub fn of_plan(form: Form, verbosity: Verbosity) -> Self {
        if form == Form::Json {
            return Self::to(Json::new(anstream::stdout()));
        }
        if form == Form::Talk {
            return Self::to(talk(form, Detail::Diff, verbosity));
        }
        let talk = talk(form, Detail::Count, verbosity);
        Self::to(Plan::new(talk, anstream::stdout()).verbose(verbosity))
    }

    /// Tells nothing: for a look that others judge.
    pub fn of_nothing() -> Self {
        Self(std::sync::Arc::default())
    }

    /// Reports a single module.
    pub fn of_module(form: Form, detail: Detail, verbosity: Verbosity) -> Self {
        match form {
            Form::Json => Self::to(Json::new(anstream::stdout())),
            Form::Talk => Self::to(AdHoc::new(anstream::stderr(), anstream::stderr(), detail, verbosity)),
            _ => Self::to(AdHoc::new(anstream::stderr(), anstream::stdout(), detail, verbosity)),
        }
    }
}

fn talk(form: Form, detail: Detail, verbosity: Verbosity) -> Box<dyn Reporter> {
    if form == Form::Auto && stderr().is_terminal() {
        let colour = AutoStream::choice(&stderr()) != ColorChoice::Never;
        Box::new(Bars::new(anstream::stdout(), detail, colour).verbose(verbosity))
    } else if form == Form::Talk {
        Box::new(Lines::new(anstream::stderr(), anstream::stderr(), detail).verbose(verbosity))
    } else {
        Box::new(Lines::new(anstream::stderr(), anstream::stdout(), detail).verbose(verbosity))
    }
}
