//! Times.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        moment, python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("strftime", strftime), ("to_datetime", to_datetime)]);
}

fn strftime(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let seconds = arguments.value("second")?.filter(|seconds| !seconds.is_none());
    let utc = arguments.flag("utc")?;
    let seconds =
        seconds.map(|seconds| python::text(&seconds)?.trim().parse().map_err(|_| failed("`second` is a number")));
    moment::written(&python::text(value)?, seconds.transpose()?, utc).map(Value::from)
}

fn to_datetime(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let format = arguments.text("format")?.unwrap_or_else(|| "%Y-%m-%d %H:%M:%S".to_owned());
    moment::parse(&python::text(value)?, &format)
}
