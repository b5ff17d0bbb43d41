//! Colours, and text from nodes made harmless.
//!
//! Text is made with colour; the streams it goes to take the colour away where it is not wanted (`NO_COLOR`, a pipe).

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::TaskStatus;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const ADDED: Style = AnsiColor::Green.on_default();
pub(super) const REMOVED: Style = AnsiColor::Red.on_default();
pub(super) const CHANGED: Style = AnsiColor::Yellow.on_default();
pub(super) const FAILED: Style = AnsiColor::Red.on_default().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const HINT: Style = AnsiColor::Cyan.on_default();

/// Text in a style.
pub(super) fn paint(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The style of a status.
pub(super) fn of(status: TaskStatus) -> Style {
    match status {
        TaskStatus::Ok => ADDED,
        TaskStatus::Changed | TaskStatus::WouldChange => CHANGED,
        TaskStatus::Failed => FAILED,
        TaskStatus::Skipped | TaskStatus::Unknown => FAINT,
    }
}

/// Text from a node without control characters: a node must not be able to steer the operator's terminal.
pub fn harmless(text: &str) -> String {
    // ssh ends its lines as a terminal would.
    text.chars()
        .filter(|&c| c != '\r')
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

/// Every line of a text after `indent`.
pub(super) fn indented(text: &str, indent: &str) -> String {
    harmless(text.trim_end()).lines().flat_map(|line| [indent, line, "\n"].map(str::to_owned)).collect()
}
