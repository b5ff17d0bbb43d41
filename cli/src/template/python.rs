//! Values as Python writes them: `str` and `repr`.

use std::fmt::Write;

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{marker, value::error_of};

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

/// The shortest digits that are the same number, with an exponent where Python writes one.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return (if number > 0.0 { "inf" } else { "-inf" }).to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let power: i32 = exponent.parse().expect("the exponent is a number");
    if (-4..16).contains(&power) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\\' => quoted.push_str("\\\\"),
            _ if character == quote => quoted.extend(['\\', quote]),
            _ if character.is_control() => {
                write!(quoted, "\\x{:02x}", u32::from(character)).expect("text can be written to");
            }
            _ => quoted.push(character),
        }
    }
    quoted.push(quote);
    quoted
}
