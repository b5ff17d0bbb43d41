//! What a value is.

use minijinja::{
    Error, tests,
    value::{Value, ValueKind},
};

use super::{
    super::{arguments::Arguments, marker},
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add_open("defined", |value| !marker::is_undefined(value));
    registry.add_open("undefined", marker::is_undefined);
    registry.keep(&["odd"], tests::is_odd);
    registry.keep(&["even"], tests::is_even);
    registry.keep(&["divisibleby"], tests::is_divisibleby);
    registry.keep(&["lower"], tests::is_lower);
    registry.keep(&["upper"], tests::is_upper);
    registry.keep(&["eq", "equalto", "=="], tests::is_eq);
    registry.keep(&["ne", "!="], tests::is_ne);
    registry.keep(&["lt", "lessthan", "<"], tests::is_lt);
    registry.keep(&["le", "<="], tests::is_le);
    registry.keep(&["gt", "greaterthan", ">"], tests::is_gt);
    registry.keep(&["ge", ">="], tests::is_ge);
    registry.keep(&["filter"], tests::is_filter);
    registry.keep(&["test"], tests::is_test);
    registry.add(&[("none", |value, _| Ok(value.is_none())), ("boolean", |value, _| Ok(is_bool(value)))]);
    registry.add(&[("true", |value, _| Ok(is_bool(value) && value.is_true()))]);
    registry.add(&[("false", |value, _| Ok(is_bool(value) && !value.is_true()))]);
    // In Python a truth value is a number.
    registry.add(&[("number", |value, _| Ok(is_number(value) || is_bool(value)))]);
    registry.add(&[("integer", |value, _| Ok(is_number(value) && value.is_integer()))]);
    registry.add(&[("float", |value, _| Ok(is_number(value) && !value.is_integer()))]);
    registry.add(&[("string", |value, _| Ok(value.kind() == ValueKind::String))]);
    registry.add(&[("mapping", |value, _| Ok(value.kind() == ValueKind::Map))]);
    registry
        .add(&[("sequence", |value, _| Ok(is_collection(value))), ("iterable", |value, _| Ok(is_collection(value)))]);
    registry.add(&[("callable", |value, _| Ok(is_callable(value))), ("sameas", sameas)]);
    registry.add(&[("nan", is_nan), ("isnan", is_nan), ("truthy", truthy)]);
    registry.add(&[("falsy", |value, arguments| truthy(value, arguments).map(|truthy| !truthy))]);
}

fn is_bool(value: &Value) -> bool {
    value.kind() == ValueKind::Bool
}

fn is_number(value: &Value) -> bool {
    value.kind() == ValueKind::Number
}

fn is_collection(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::String)
}

fn is_callable(value: &Value) -> bool {
    value.kind() == ValueKind::Plain
}

fn sameas(value: &Value, arguments: &mut Arguments) -> Result<bool, Error> {
    let other = arguments.required("other")?;
    Ok(tests::is_sameas(value, &other) || (value.kind() == other.kind() && *value == other && !is_collection(value)))
}

#[expect(clippy::unnecessary_wraps, reason = "it is called as every test")]
fn is_nan(value: &Value, _: &mut Arguments) -> Result<bool, Error> {
    Ok(is_number(value) && f64::try_from(value.clone()).is_ok_and(f64::is_nan))
}

fn truthy(value: &Value, arguments: &mut Arguments) -> Result<bool, Error> {
    let text = value.as_str().map(|text| text.trim().to_lowercase());
    Ok(match (arguments.flag("convert_bool")?, text.as_deref()) {
        (true, Some("y" | "yes" | "on" | "1" | "true" | "t")) => true,
        (true, Some("n" | "no" | "off" | "0" | "false" | "f")) => false,
        _ => value.is_true(),
    })
}
