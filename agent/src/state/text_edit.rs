//! Lines and blocks of lines in a file that others write, too.

use serde::{Deserialize, Serialize};

use super::{Mode, Pattern, Piece};

/// A line or a block of lines in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextEdit {
    /// Absolute path on the node; links are followed.
    pub path: String,
    /// What should be in it.
    pub edit: Edit,
    /// The file is made where it is not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
    /// Owner by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Group by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Permission bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// As in [`super::Handling::backup`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backup: bool,
    /// As in [`super::Handling::validate`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate: Option<Vec<String>>,
    /// What is in the file is a secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

/// What should be in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// A line (Ansible's `lineinfile`).
    Line(Box<LineEdit>),
    /// No line that is found.
    NoLine(Find),
    /// Lines between two marks (Ansible's `blockinfile`).
    Block(Box<BlockEdit>),
}

/// A line that should be in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineEdit {
    /// The line, without its end.
    pub line: String,
    /// Which line it takes the place of: the last that is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<Find>,
    /// The line with what the groups have matched; where nothing matches, nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Vec<Piece>>,
    /// Where it goes if there is none to take the place of.
    #[serde(default)]
    pub place: Place,
    /// The first that is found counts, not the last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
}

/// Lines between two marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockEdit {
    /// The line before.
    pub begin: String,
    /// The line after.
    pub end: String,
    /// The lines; without any, the marks go, too.
    pub block: String,
    /// Where it goes if it is not there.
    #[serde(default)]
    pub place: Place,
    /// An empty line before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty_before: bool,
    /// An empty line after it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty_after: bool,
}

/// Which lines are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Find {
    /// Those in which this matches.
    Pattern(Pattern),
    /// Those with this text in them.
    Text(String),
    /// Those that are this line.
    Line(String),
}

/// Where new lines go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// To the end.
    #[default]
    End,
    /// To the beginning.
    Start,
    /// After the line in which this matches, or to the end.
    After(Pattern),
    /// Before the line in which this matches, or to the end.
    Before(Pattern),
}
