//! Methods of Python's texts, lists and mappings that the engine's own compatibility has not.

use minijinja::{
    Error, ErrorKind, State,
    value::{Tuple, Value, ValueKind, from_args},
};
use minijinja_contrib::pycompat;

use super::{
    arguments::{failed, items},
    filter, marker, python,
};

/// A method of a value.
pub(super) fn call(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    if marker::is_undefined(value) {
        return marker::check(value).map(|()| value.clone());
    }
    let own = match value.kind() {
        ValueKind::String => of_text(value.as_str().unwrap_or_default(), method, arguments)?,
        ValueKind::Seq | ValueKind::Iterable => of_list(value, method, arguments)?,
        ValueKind::Map => of_mapping(value, method, arguments)?,
        _ => None,
    };
    match own {
        Some(result) => Ok(result),
        None => pycompat::unknown_method_callback(state, value, method, arguments),
    }
}

fn tuple(parts: [&str; 3]) -> Value {
    Value::from(Tuple::from(parts.map(Value::from)))
}

fn of_text(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let one = || from_args::<(&str,)>(arguments).map(|(text,)| text);
    Ok(Some(match method {
        "rsplit" => {
            let (separator, most): (Option<&str>, Option<usize>) = from_args(arguments)?;
            let count = most.unwrap_or(usize::MAX - 1).saturating_add(1);
            let mut parts: Vec<Value> = match separator {
                Some(separator) => text.rsplitn(count, separator).map(Value::from).collect(),
                None => text
                    .trim()
                    .rsplitn(count, char::is_whitespace)
                    .filter(|part| !part.is_empty())
                    .map(Value::from)
                    .collect(),
            };
            parts.reverse();
            parts.into()
        }
        "partition" => {
            let separator = one()?;
            text.split_once(separator).map_or_else(|| tuple([text, "", ""]), |(a, b)| tuple([a, separator, b]))
        }
        "rpartition" => {
            let separator = one()?;
            text.rsplit_once(separator).map_or_else(|| tuple(["", "", text]), |(a, b)| tuple([a, separator, b]))
        }
        "removeprefix" => text.strip_prefix(one()?).unwrap_or(text).into(),
        "removesuffix" => text.strip_suffix(one()?).unwrap_or(text).into(),
        "index" => position(text.find(one()?), text)?,
        "rindex" => position(text.rfind(one()?), text)?,
        "zfill" => {
            let (width,): (usize,) = from_args(arguments)?;
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
            let missing = bounded(width)?.saturating_sub(text.chars().count());
            format!("{sign}{}{digits}", "0".repeat(missing)).into()
        }
        "ljust" | "rjust" | "center" => {
            let (width, fill): (usize, Option<char>) = from_args(arguments)?;
            let (width, fill) = (bounded(width)?, fill.unwrap_or(' '));
            let padding: String = std::iter::repeat_n(fill, width.saturating_sub(text.chars().count())).collect();
            match method {
                "ljust" => format!("{text}{padding}"),
                "rjust" => format!("{padding}{text}"),
                _ => filter::centred(text, width, fill),
            }
            .into()
        }
        "swapcase" => text
            .chars()
            .flat_map(
                |c| if c.is_uppercase() { c.to_lowercase().collect::<Vec<_>>() } else { c.to_uppercase().collect() },
            )
            .collect::<String>()
            .into(),
        "casefold" => text.to_lowercase().into(),
        "expandtabs" => {
            let (size,): (Option<usize>,) = from_args(arguments)?;
            expanded(text, bounded(size.unwrap_or(8))?).into()
        }
        "isdecimal" => (!text.is_empty() && text.chars().all(char::is_numeric)).into(),
        "isidentifier" => {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            (!text.is_empty() && text.chars().all(is_name) && !text.starts_with(|c: char| c.is_numeric())).into()
        }
        "join" => {
            let (list,): (&Value,) = from_args(arguments)?;
            let parts = items(list)?.iter().map(python::text).collect::<Result<Vec<_>, _>>()?;
            parts.join(text).into()
        }
        _ => return Ok(None),
    }))
}

fn bounded(width: usize) -> Result<usize, Error> {
    if width <= 1 << 20 { Ok(width) } else { Err(failed("the text gets too long")) }
}

fn position(at: Option<usize>, text: &str) -> Result<Value, Error> {
    let at = at.ok_or_else(|| failed("the text is not in it"))?;
    Ok(text[..at].chars().count().into())
}

fn expanded(text: &str, size: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for character in text.chars() {
        match character {
            '\t' if size > 0 => {
                let spaces = size - column % size;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\t' => {}
            _ => {
                out.push(character);
                column = if matches!(character, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    out
}

fn of_list(value: &Value, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match method {
        "index" => {
            let (wanted,): (&Value,) = from_args(arguments)?;
            let at = items(value)?.iter().position(|item| item == wanted);
            at.ok_or_else(|| failed("the list does not have it"))?.into()
        }
        "count" => {
            let (wanted,): (&Value,) = from_args(arguments)?;
            items(value)?.iter().filter(|item| *item == wanted).count().into()
        }
        "copy" => value.clone(),
        "append" | "extend" | "insert" | "pop" | "remove" | "sort" | "reverse" | "clear" => {
            return Err(changes("list", method, "`list + [item]`, or a filter"));
        }
        _ => return Ok(None),
    }))
}

fn of_mapping(value: &Value, method: &str, _: &[Value]) -> Result<Option<Value>, Error> {
    match method {
        "copy" => Ok(Some(value.clone())),
        "update" | "pop" | "popitem" | "setdefault" | "clear" => Err(changes("mapping", method, "`combine`")),
        _ => Ok(None),
    }
}

fn changes(what: &str, method: &str, instead: &str) -> Error {
    Error::new(
        ErrorKind::UnknownMethod,
        format!("`{method}` would change a {what}, and values do not change: use {instead}"),
    )
}
