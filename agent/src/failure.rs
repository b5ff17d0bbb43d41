//! Making a [`Failure`], so that each says what was tried, what came back and what to do.

use std::fmt::Display;

use crate::{pattern::Endless, wire::Failure};

impl From<Endless> for Failure {
    fn from(error: Endless) -> Self {
        Self::new("match a regular expression", error)
            .with_hint("say more exactly what is meant: nested repetitions such as `(a+)+` are the usual cause")
    }
}

impl Failure {
    /// `tried` follows "failed to"; `came_back` is the error.
    pub(crate) fn new(tried: impl Into<String>, came_back: impl Display) -> Self {
        Self { tried: tried.into(), came_back: came_back.to_string(), hint: None }
    }

    /// The same with a hint.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
