//! What is in a list.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::arguments::{Arguments, failed, items},
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    for name in ["subset", "issubset"] {
        registry.add(&[(name, |value, arguments| all_in(value, &arguments.required("b")?))]);
    }
    for name in ["superset", "issuperset"] {
        registry.add(&[(name, |value, arguments| all_in(&arguments.required("b")?, value))]);
    }
    registry.add(&[("contains", |value, arguments| is_in(&arguments.required("value")?, value)), ("in", within)]);
    registry.add(&[("any", |value, _| Ok(items(value)?.iter().any(Value::is_true)))]);
    registry.add(&[("all", |value, _| Ok(items(value)?.iter().all(Value::is_true)))]);
}

fn all_in(few: &Value, many: &Value) -> Result<bool, Error> {
    let many = items(many)?;
    Ok(items(few)?.iter().all(|item| many.contains(item)))
}

fn within(value: &Value, arguments: &mut Arguments) -> Result<bool, Error> {
    is_in(value, &arguments.required("seq")?)
}

fn is_in(value: &Value, container: &Value) -> Result<bool, Error> {
    match container.kind() {
        ValueKind::String => {
            let part = value.as_str().ok_or_else(|| failed("only text is in text"))?;
            Ok(container.as_str().is_some_and(|text| text.contains(part)))
        }
        _ => Ok(items(container)?.contains(value)),
    }
}
