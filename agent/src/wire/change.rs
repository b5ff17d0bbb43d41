//! A difference between what is and what should be, for plan, log and test alike.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A difference between what is and what should be. The same value is shown before and recorded after it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What differs: `sysctl net.ipv4.ip_forward`, `file /etc/motd mode`.
    pub subject: String,
    /// What is there.
    pub before: Side,
    /// What should be there.
    pub after: Side,
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Nothing is there.
    Absent,
    /// It is there, and there is no more to say.
    Present,
    /// A short value, on one line.
    Value(String),
    /// Text of several lines, shown as a unified diff.
    Text(String),
    /// Content that is not shown: a secret, or not text.
    Hidden {
        /// Why, in two words: `secret`, `binary`.
        why: String,
    },
}

impl Change {
    /// Something appears.
    pub fn add(subject: impl Into<String>, after: Side) -> Self {
        Self { subject: subject.into(), before: Side::Absent, after }
    }

    /// Something goes.
    pub fn remove(subject: impl Into<String>, before: Side) -> Self {
        Self { subject: subject.into(), before, after: Side::Absent }
    }

    /// A short value becomes another.
    pub fn set(subject: impl Into<String>, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { subject: subject.into(), before: Side::Value(before.into()), after: Side::Value(after.into()) }
    }

    /// What a task with `no_log` changed: that it changed something, and no more.
    pub fn no_log() -> Self {
        let hidden = || Side::Hidden { why: "no_log".to_owned() };
        Self { subject: "(no_log)".to_owned(), before: hidden(), after: hidden() }
    }
}

impl fmt::Display for Change {
    /// `+ subject: value`, `- subject: value`, `~ subject: before -> after`; text is counted, not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, before, after } = self;
        match (before, after) {
            (Side::Absent, Side::Present) => write!(f, "+ {subject}"),
            (Side::Absent, after) => write!(f, "+ {subject}: {after}"),
            (Side::Present, Side::Absent) => write!(f, "- {subject}"),
            (before, Side::Absent) => write!(f, "- {subject}: {before}"),
            (before, after) => write!(f, "~ {subject}: {before} -> {after}"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Present => f.write_str("present"),
            Self::Value(value) => f.write_str(value),
            Self::Text(text) => match text.lines().count() {
                1 => f.write_str("1 line"),
                lines => write!(f, "{lines} lines"),
            },
            Self::Hidden { why } => write!(f, "({why})"),
        }
    }
}
