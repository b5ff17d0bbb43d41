//! How a value is printed, as Ansible prints it: `True`, `['a', 1]`, and nothing for none.
//!
//! Ansible prints none as nothing at the top and as `None` inside of a list, since a line `weight=None` in a
//! configuration file is never meant. What is printed is watched: a template that prints one value and nothing else is
//! that value.

use minijinja::{
    Error, ErrorKind, Output, State,
    value::{Value, ValueKind},
};

use super::{python, watch};

/// Prints a value into a template's result.
pub(super) fn format(out: &mut Output<'_>, _state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if matches!(value.kind(), ValueKind::None | ValueKind::Undefined) {
        return Ok(());
    }
    let text = python::printed(value)?;
    watch::printed(value, &text);
    out.write_str(&text).map_err(|_| ErrorKind::WriteFailure.into())
}
