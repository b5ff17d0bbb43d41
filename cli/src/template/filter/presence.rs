//! Whether there is a value, whether it counts as true, and what it is.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::{
        arguments::{Arguments, failed},
        marker,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add_open(&[("default", default), ("d", default), ("mandatory", mandatory), ("type_debug", type_debug)]);
    registry.add(&[("bool", bool), ("ternary", ternary)]);
}

/// Another value for what is not defined; with `true`, for what is empty as well.
fn default(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let other = arguments.may_be_undefined("default_value")?.unwrap_or_else(|| Value::from(""));
    let empty = arguments.flag("boolean")?;
    Ok(if marker::is_undefined(value) || (empty && !value.is_true()) { other } else { value.clone() })
}

/// A value that must be defined.
fn mandatory(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let message = arguments.text("msg")?;
    match message {
        Some(message) if marker::is_undefined(value) => Err(failed(message)),
        _ => marker::check(value).map(|()| value.clone()),
    }
}

/// Text as a yes or no: `yes`, `on`, `true` and `1` are yes, and everything else is no.
#[expect(clippy::unnecessary_wraps, reason = "it is called as every filter")]
fn bool(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let is_yes = match value.kind() {
        ValueKind::Bool => value.is_true(),
        ValueKind::Number => *value == Value::from(1),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default().to_lowercase();
            matches!(text.as_str(), "yes" | "on" | "1" | "true")
        }
        _ => false,
    };
    Ok(is_yes.into())
}

/// One of two values, or a third for none.
fn ternary(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let missing = || failed("`ternary` needs two values");
    let yes = arguments.may_be_undefined("true_val")?.ok_or_else(missing)?;
    let no = arguments.may_be_undefined("false_val")?.ok_or_else(missing)?;
    let none = arguments.may_be_undefined("none_val")?.filter(|none| !none.is_none());
    Ok(match none {
        Some(none) if value.is_none() => none,
        _ if value.is_true() => yes,
        _ => no,
    })
}

/// What Python calls the type.
#[expect(clippy::unnecessary_wraps, reason = "it is called as every filter")]
fn type_debug(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let name = match value.kind() {
        _ if marker::is_undefined(value) => "UndefinedMarker",
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq | ValueKind::Iterable if value.is_tuple() => "tuple",
        ValueKind::Seq | ValueKind::Iterable => "list",
        ValueKind::Map => "dict",
        _ => "object",
    };
    Ok(name.into())
}
