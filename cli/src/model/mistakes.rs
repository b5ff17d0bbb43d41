//! Every mistake that is found, so that the user sees all of them at once and not one a run.

use crate::source::{Diagnostic, Diagnostics};

/// How many mistakes of one kind at one place are shown.
const SHOWN: usize = 3;

/// Mistakes and doubts found so far.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Mistakes {
    /// What cannot work.
    pub(crate) fn error(&mut self, diagnostic: Diagnostic) {
        push_new(&mut self.errors, hinted(diagnostic));
    }

    /// What cannot work, if anything.
    pub(crate) fn extend_errors(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.error(diagnostic));
    }

    /// What works, though hardly as it was meant.
    pub(crate) fn warning(&mut self, diagnostic: Diagnostic) {
        push_new(&mut self.warnings, diagnostic);
    }

    /// The value, or nothing where it is a mistake, which is kept.
    pub(crate) fn take<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|diagnostic| self.error(diagnostic)).ok()
    }

    /// Whether something was found that cannot work.
    pub(crate) fn any(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The warnings, or the errors where there are any; both in the order of the files.
    pub(crate) fn finish(mut self) -> Result<Vec<Diagnostic>, Diagnostics> {
        sort(&mut self.errors);
        sort(&mut self.warnings);
        Diagnostics::check(shorten(&self.errors))?;
        Ok(shorten(&self.warnings))
    }
}

/// Whatever is wrong, the user is told what to do next.
fn hinted(diagnostic: Diagnostic) -> Diagnostic {
    if diagnostic.hint_text().is_some() {
        return diagnostic;
    }
    diagnostic.hint("docs/variables.md in the guide has each variable with the values that it takes")
}

/// A variable of a group is read once for each of its hosts; its mistake is one mistake.
fn push_new(list: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    let same = |other: &Diagnostic| {
        other.code() == diagnostic.code() && other.title() == diagnostic.title() && place(other) == place(&diagnostic)
    };
    if !list.iter().any(same) {
        list.push(diagnostic);
    }
}

/// One entry for a group can be wrong in the same way for each of its thousand hosts.
fn shorten(list: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut short: Vec<Diagnostic> = Vec::new();
    let mut more = 0;
    for (index, diagnostic) in list.iter().enumerate() {
        let alike = |other: Option<&Diagnostic>| {
            other.is_some_and(|other| other.code() == diagnostic.code() && place(other) == place(diagnostic))
        };
        let shown = short.iter().rev().take_while(|other| alike(Some(other))).count();
        if shown < SHOWN {
            short.push(diagnostic.clone());
            more = 0;
            continue;
        }
        more += 1;
        if !alike(list.get(index + 1))
            && let Some(last) = short.pop()
        {
            short.push(with_more(&last, more));
        }
    }
    short
}

fn with_more(diagnostic: &Diagnostic, more: usize) -> Diagnostic {
    let title = format!("{} (and {more} more like this)", diagnostic.title());
    let mut labels = diagnostic.labels().iter();
    let mut longer = match labels.next() {
        Some((span, label)) => Diagnostic::new(diagnostic.code(), title, span, label),
        None => Diagnostic::without_place(diagnostic.code(), title),
    };
    longer = labels.fold(longer, |longer, (span, label)| longer.also(span, label));
    match diagnostic.hint_text() {
        Some(hint) => longer.hint(hint),
        None => longer,
    }
}

fn sort(list: &mut [Diagnostic]) {
    list.sort_by(|left, right| (place(left), left.code()).cmp(&(place(right), right.code())));
}

fn place(diagnostic: &Diagnostic) -> Option<(&str, usize, usize)> {
    let (span, _) = diagnostic.labels().first()?;
    Some((span.source().name(), span.range().start, span.range().end))
}
