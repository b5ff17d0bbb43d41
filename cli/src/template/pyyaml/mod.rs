//! YAML as `PyYAML` writes it, to the letter: a file that Ansible wrote before is unchanged when lvsctl writes it.

mod analysis;
mod emitter;
mod scalar;

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    arguments::{failed, items},
    python,
};
use emitter::Emitter;

/// How it is written.
pub(super) struct Style {
    /// Columns of one step.
    pub(super) indent: usize,
    /// Where long texts are folded.
    pub(super) width: usize,
    /// `[a, b]` everywhere, nowhere, or for what has only scalars in it.
    pub(super) flow: Option<bool>,
    pub(super) sort_keys: bool,
    pub(super) explicit_start: bool,
}

/// What is written: a value without Python's or the engine's types.
pub(super) enum Document {
    /// A text, and whether it is one in Python, too; else it is a number, a truth value or nothing.
    Scalar(String, bool),
    List(Vec<Document>),
    Map(Vec<(Document, Document)>),
}

impl Document {
    fn is_scalar(&self) -> bool {
        matches!(self, Self::Scalar(..))
    }

    fn of(value: &Value, style: &Style, depth: usize) -> Result<Self, Error> {
        if depth > 64 {
            return Err(failed("the value is nested too deeply"));
        }
        Ok(match value.kind() {
            ValueKind::None => Self::Scalar("null".to_owned(), false),
            ValueKind::Bool => Self::Scalar(value.is_true().to_string(), false),
            ValueKind::Number if !value.is_integer() => Self::Scalar(float(&python::text(value)?), false),
            ValueKind::Number => Self::Scalar(python::text(value)?, false),
            ValueKind::Seq | ValueKind::Iterable => {
                Self::List(items(value)?.iter().map(|item| Self::of(item, style, depth + 1)).collect::<Result<_, _>>()?)
            }
            ValueKind::Map => {
                let mut keys = items(value)?;
                if style.sort_keys {
                    keys.sort();
                }
                let entry = |key: &Value| {
                    Ok((Self::of(key, style, depth + 1)?, Self::of(&value.get_item(key)?, style, depth + 1)?))
                };
                Self::Map(keys.iter().map(entry).collect::<Result<_, Error>>()?)
            }
            _ => Self::Scalar(python::text(value)?, true),
        })
    }
}

fn float(text: &str) -> String {
    match text {
        "nan" => ".nan".to_owned(),
        "inf" => ".inf".to_owned(),
        "-inf" => "-.inf".to_owned(),
        _ if !text.contains('.') => text.replacen('e', ".0e", 1),
        _ => text.to_owned(),
    }
}

/// Writes a value.
pub(super) fn dump(value: &Value, style: &Style) -> Result<String, Error> {
    Ok(Emitter::new(style).document(&Document::of(value, style, 0)?))
}
