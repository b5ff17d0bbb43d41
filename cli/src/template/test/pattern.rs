//! Regular expressions.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        pattern::{Flags, compile, gave_up},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("match", |value, arguments| matches(value, arguments, "match"))]);
    registry.add(&[("search", |value, arguments| matches(value, arguments, "search"))]);
    registry.add(&[("regex", |value, arguments| matches(value, arguments, ""))]);
}

/// From the beginning, anywhere, or as a whole; `regex` says which.
fn matches(value: &Value, arguments: &mut Arguments, how: &str) -> Result<bool, Error> {
    let text = python::text(value)?;
    let pattern = arguments.text("pattern")?.unwrap_or_default();
    let (ignore_case, multiline) = (arguments.flag("ignorecase")?, arguments.flag("multiline")?);
    let how = if how.is_empty() {
        arguments.text("match_type")?.unwrap_or_else(|| "search".to_owned())
    } else {
        how.to_owned()
    };
    let flags = Flags { ignore_case, multiline };
    // What is wrong with the pattern must show without what is put around it.
    let regex = compile(&pattern, flags)?;
    let regex = match how.as_str() {
        "search" => regex,
        "match" => compile(&format!("\\A(?:{pattern})"), flags)?,
        "fullmatch" => compile(&format!("\\A(?:{pattern})\\Z"), flags)?,
        _ => return Err(failed("`match_type` is `search`, `match` or `fullmatch`")),
    };
    regex.is_match(&text).map_err(gave_up)
}
