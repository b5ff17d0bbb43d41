//! The reporter that fits the streams of this program.

use std::io::{IsTerminal, stderr};

use anstream::{AutoStream, ColorChoice};

use super::{Bars, Detail, Json, Lines, Plan, Reporter, Reports};

/// In which form a run is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bars where standard error is a terminal, plain lines elsewhere.
    Auto,
    /// Plain lines.
    Plain,
    /// JSON lines on standard output.
    Json,
}

impl Reports {
    /// Reports a run that changes something.
    pub fn of_apply(form: Form, detail: Detail) -> Self {
        match form {
            Form::Json => Self::to(Json::new(anstream::stdout())),
            _ => Self::to(talk(form, detail)),
        }
    }

    /// Reports a run in check mode: its differences, as a whole, at the end.
    pub fn of_plan(form: Form) -> Self {
        match form {
            Form::Json => Self::to(Json::new(anstream::stdout())),
            _ => Self::to(Plan::new(talk(form, Detail::Count), anstream::stdout())),
        }
    }
}

fn talk(form: Form, detail: Detail) -> Box<dyn Reporter> {
    if form == Form::Auto && stderr().is_terminal() {
        let colour = AutoStream::choice(&stderr()) != ColorChoice::Never;
        Box::new(Bars::new(anstream::stdout(), detail, colour))
    } else {
        Box::new(Lines::new(anstream::stderr(), anstream::stdout(), detail))
    }
}
