//! How a value is printed, as Ansible prints it: `True`, `['a', 1]`, and nothing for none.
//!
//! Ansible prints none as nothing at the top and as `None` inside of a list, since a line `weight=None` in a
//! configuration file is never meant.

use minijinja::{
    Error, ErrorKind, Output, State,
    value::{Value, ValueKind},
};

use super::value::error_of;

/// Prints a value into a template's result.
pub(super) fn format(out: &mut Output<'_>, _state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let written = match value.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(()),
        ValueKind::Seq | ValueKind::Map => out.write_str(&representation(value)?),
        ValueKind::Invalid => return Err(error_of(value)),
        _ => write!(out, "{value}"),
    };
    written.map_err(|_| ErrorKind::WriteFailure.into())
}

/// As Python's `repr` writes it.
fn representation(value: &Value) -> Result<String, Error> {
    Ok(match value.kind() {
        ValueKind::String => quoted(value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.map(|item| representation(&item)).collect::<Result<Vec<_>, _>>()?;
            match &items[..] {
                [only] if value.is_tuple() => format!("({only},)"),
                items if value.is_tuple() => format!("({})", items.join(", ")),
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
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        _ => value.to_string(),
    })
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
            _ => quoted.push(character),
        }
    }
    quoted.push(quote);
    quoted
}
