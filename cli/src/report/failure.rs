//! Failures, shown: host, task, what was tried, what came back, and what to do.

use lvs_agent::wire::Failure;

use super::{
    TaskEnd, TaskStatus,
    style::{self, harmless, indented, paint},
};

/// A failed task, or one that check mode can tell nothing of.
pub(super) fn of_task(end: &TaskEnd, failure: &Failure) -> String {
    let place = paint(style::FAINT, format!("({})", end.place));
    if end.status == TaskStatus::Unknown {
        let text = "cannot be told before the changes above it are made";
        let head = format!("{}: {} {place} {}\n", end.host, harmless(&end.task), paint(style::FAINT, text));
        return head + &indented(&format!("now: {}: {}", failure.tried, failure.came_back), "    ");
    }
    let word = match (end.ignored, end.rescued) {
        (true, _) => "failed, ignored",
        (_, true) => "failed, rescued",
        _ => end.status.word(),
    };
    let word = paint(style::FAILED, word);
    format!("{}: {word}: {} {place}\n{}", paint(style::FAILED, &end.host), harmless(&end.task), body(failure))
}

/// A host that cannot be reached.
pub(super) fn of_host(host: &str, failure: &Failure) -> String {
    format!("{}: unreachable\n{}", paint(style::FAILED, host), body(failure))
}

fn body(failure: &Failure) -> String {
    let mut text = format!("  failed to {}\n", harmless(&failure.tried));
    text += &indented(&failure.came_back, "    ");
    if let Some(hint) = &failure.hint {
        text.push_str(&format_hint(hint));
    }
    text
}

fn format_hint(hint: &str) -> String {
    format!("  {} {}\n", paint(style::HINT, "hint:"), harmless(hint))
}
