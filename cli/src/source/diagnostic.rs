//! A mistake in a file of the user's.

use std::fmt;

use super::{Code, ReadError, Span, render};
use crate::vault;

/// A mistake in a file of the user's: what, where, and what to do.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    code: Code,
    title: String,
    labels: Vec<(Span, String)>,
    hint: Option<String>,
}

impl Diagnostic {
    /// A mistake at a place; `label` stands beside the caret and may be empty.
    pub fn new(code: Code, title: impl Into<String>, span: &Span, label: impl Into<String>) -> Self {
        Self { code, title: title.into(), labels: vec![(span.clone(), label.into())], hint: None }
    }

    /// A mistake without a place, for a file that is not there.
    pub fn without_place(code: Code, title: impl Into<String>) -> Self {
        Self { code, title: title.into(), labels: Vec::new(), hint: None }
    }

    /// Another place that matters.
    #[must_use]
    pub fn also(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.labels.push((span.clone(), label.into()));
        self
    }

    /// Gives a place to a mistake that has none.
    #[must_use]
    pub fn at(mut self, span: &Span) -> Self {
        if self.labels.is_empty() {
            self.labels.push((span.clone(), String::new()));
        }
        self
    }

    /// Says something beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some((_, text)) = self.labels.first_mut() {
            *text = label.into();
        }
        self
    }

    /// What the reader might do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same where values are a secret: what it says may have one in it, and so may a place outside of the file of
    /// `task`, such as the inventory.
    #[must_use]
    pub fn no_log(self, task: &Span) -> Self {
        let place = self.labels.iter().map(|(span, _)| span).find(|span| span.source().name() == task.source().name());
        let title = "the arguments are wrong in a way that `no_log` hides";
        Self::new(self.code, title, place.unwrap_or(task), "").hint("take `no_log` away to see it")
    }

    /// What kind of mistake it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Where, first the place itself.
    pub fn labels(&self) -> &[(Span, String)] {
        &self.labels
    }

    /// What the reader might do.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<ReadError> for Diagnostic {
    fn from(error: ReadError) -> Self {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Self::without_place(Code::FileNotReadable, format!("failed to {error}{cause}")).hint(match error {
            ReadError::Io { .. } => "look at the path's spelling and at its permissions",
            ReadError::TooLarge { .. } => "is it the right file?",
            ReadError::NotText { .. } => "save it as UTF-8 text",
        })
    }
}

/// All the mistakes that were found, at least one.
#[derive(Debug, Clone)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// `Ok` where nothing was found.
    pub fn check(found: Vec<Diagnostic>) -> Result<(), Self> {
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// The mistakes.
    pub fn all(&self) -> &[Diagnostic] {
        &self.0
    }

    /// The mistakes, given away.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }

    /// As shown to a person, with or without colour.
    pub fn render(&self, colour: bool) -> String {
        let shown: Vec<String> = self.0.iter().map(|diagnostic| render::render(diagnostic, colour)).collect();
        vault::mask(&shown.join("\n\n")).into_owned()
    }
}

impl Diagnostics {
    /// As shown to a person, when they are warnings.
    pub fn render_warnings(&self, colour: bool) -> String {
        let shown: Vec<String> = self.0.iter().map(|diagnostic| render::render_warning(diagnostic, colour)).collect();
        vault::mask(&shown.join("\n\n")).into_owned()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl From<ReadError> for Diagnostics {
    fn from(error: ReadError) -> Self {
        Diagnostic::from(error).into()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// The candidate that a mistyped word is nearest to, if one is near enough to be meant.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count() / 3 + 1;
    // Of two that are equally near, the one that has all the letters: `taks` is `tasks` and not `tags`.
    let foreign = |candidate: &str| word.chars().filter(|c| !candidate.contains(*c)).count();
    candidates
        .into_iter()
        .map(|candidate| ((distance(word, candidate), foreign(candidate)), candidate))
        .filter(|&((distance, _), _)| distance <= limit)
        .min_by_key(|&(nearness, _)| nearness)
        .map(|(_, candidate)| candidate)
}

/// Edit distance with swaps of neighbours as one step (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let substitution = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = substitution.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_key_finds_the_key_that_was_meant() {
        assert_eq!(did_you_mean("wieght", ["port", "weight", "host"]), Some("weight"));
        assert_eq!(did_you_mean("taks", ["tags", "tasks"]), Some("tasks"));
        assert_eq!(did_you_mean("colour", ["port", "weight", "host"]), None);
    }
}
