//! What is wrong with a line, for a person.

/// What is wrong with a line of ipvsadm's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What the reader might do.
    pub hint: Option<String>,
}

/// A mistake in a line whose number its finder need not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    what: String,
    hint: Option<String>,
}

/// `what`, and nothing more to say.
pub(super) fn wrong(what: impl Into<String>) -> Wrong {
    Wrong { what: what.into(), hint: None }
}

impl Wrong {
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(super) fn on(self, line: usize) -> Mistake {
        Mistake { line, what: self.what, hint: self.hint }
    }
}
