//! Values as Python writes them: `str` and `repr`.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{marker, value::error_of};
use crate::python::{float, quoted};

/// As Python's `str` writes it.
pub(super) fn text(value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => representation(value),
    }
}

/// As a template prints it: Ansible makes lists of tuples before it does.
pub(crate) fn printed(value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => written(value, false),
    }
}

/// As Python's `repr` writes it.
pub(super) fn representation(value: &Value) -> Result<String, Error> {
    written(value, true)
}

fn written(value: &Value, tuples: bool) -> Result<String, Error> {
    let representation = |value: &Value| written(value, tuples);
    marker::check(value)?;
    Ok(match value.kind() {
        ValueKind::None => "None".to_owned(),
        ValueKind::Bool => (if value.is_true() { "True" } else { "False" }).to_owned(),
        ValueKind::Number if !value.is_integer() => f64::try_from(value.clone()).map(float)?,
        ValueKind::String => quoted(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.map(|item| representation(&item)).collect::<Result<Vec<_>, _>>()?;
            match &items[..] {
                [only] if tuples && value.is_tuple() => format!("({only},)"),
                items if tuples && value.is_tuple() => format!("({})", items.join(", ")),
                items => format!("[{}]", items.join(", ")),
            }
        }
        ValueKind::Map => {
            let mut entries = Vec::new();
            for key in value.try_iter()? {
                entries.push(format!("{}: {}", representation(&key)?, representation(&value.get_item(&key)?)?));
            }
            format!("{{{}}}", entries.join(", "))
        }
        ValueKind::Invalid => return Err(error_of(value)),
        _ => value.to_string(),
    })
}
