//! Regular expressions as Python's `re` has them on bytes, taken apart by the controller.
//!
//! Ansible's `lineinfile` and `wait_for` mean Python's expressions, look-around and back references among them. No
//! regular expression library speaks that language, and one that comes near costs the agent more than everything else
//! of these modules. So the controller reads the expression, where a mistake has its place, and the agent gets a tree
//! that it only has to follow.

use serde::{Deserialize, Serialize};

/// A regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// As it was written, for messages.
    pub text: String,
    /// What it matches.
    pub root: Matcher,
    /// The names of groups, with their number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<(String, u32)>,
    /// How many groups there are.
    #[serde(default)]
    pub groups: u32,
    /// `(?m)`: `blockinfile` then looks at the file as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multiline: bool,
}

/// A part of a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matcher {
    /// These bytes.
    Bytes(Vec<u8>),
    /// One byte in one of these ranges.
    Set(Vec<(u8, u8)>),
    /// One after another.
    All(Vec<Matcher>),
    /// The first that leads to a match.
    Either(Vec<Matcher>),
    /// The same several times.
    Repeat(Box<Repeat>),
    /// A numbered group.
    Group(u32, Box<Matcher>),
    /// What a group has matched; with `true` in upper or lower case.
    Back(u32, bool),
    /// A place.
    At(Anchor),
    /// What comes next, or (`behind` bytes before) what came before, without going there.
    Look(Box<LookAround>),
    /// Once matched, not gone back into.
    Atomic(Box<Matcher>),
    /// One or the other, as a group has matched or not.
    IfGroup(u32, Box<Matcher>, Box<Matcher>),
}

/// The same several times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// What is repeated.
    pub of: Matcher,
    /// How often at least.
    pub least: u32,
    /// How often at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// As rarely as possible.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lazy: bool,
}

/// What is around a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookAround {
    /// What is looked for.
    pub of: Matcher,
    /// It must not be there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// So many bytes before; `None` looks ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<u32>,
}

/// A place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// `\A`, `^`.
    Start,
    /// `^` with `(?m)`.
    LineStart,
    /// `$`: the end, or before the line end there.
    End,
    /// `$` with `(?m)`.
    LineEnd,
    /// `\Z`.
    VeryEnd,
    /// `\b`.
    Boundary,
    /// `\B`.
    NoBoundary,
}

/// A piece of a replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// This text.
    Text(String),
    /// What a group has matched; nothing where it has not.
    Group(u32),
}
