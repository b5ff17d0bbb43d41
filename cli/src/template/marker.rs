//! Values that are not defined and may be asked for more, as Ansible's may: all that is in them is not defined either.
//!
//! The engine's own undefined value refuses to be asked. Where a template asks whether something is defined, each part of
//! a chain goes through [`chain`], which puts a [`Marker`] in its place.

use std::{fmt, ops::Range, sync::Arc};

use minijinja::{
    Error, ErrorKind, State,
    value::{Enumerator, Object, ObjectRepr, Value, ValueKind},
};

use super::watch;

/// What is not defined: where it stands in which template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undefined {
    pub(super) template: String,
    /// In the text as the user wrote it.
    pub(super) range: Range<usize>,
}

impl Undefined {
    fn error(&self) -> Error {
        Error::new(ErrorKind::UndefinedError, "a value is not defined").with_source(self.clone())
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value is not defined")
    }
}

impl std::error::Error for Undefined {}

/// In the place of a value that is not defined.
#[derive(Clone, Debug)]
pub(super) struct Marker(Undefined);

/// Lets a value be asked for more: the filter [`super::rewrite::CHAIN`].
pub(super) fn chain(state: &State<'_, '_>, value: Value, start: usize, end: usize) -> Value {
    if value.is_undefined() {
        return Value::from_object(Marker(Undefined { template: state.name().to_owned(), range: start..end }));
    }
    value
}

/// What a chain gives: the filter [`super::rewrite::CHAIN_END`].
pub(super) fn chain_end(value: Value) -> Value {
    match value.downcast_object_ref::<Marker>() {
        Some(marker) => {
            watch::came_to(&marker.0);
            Value::UNDEFINED
        }
        None => value,
    }
}

/// Whether a value is not defined.
pub(super) fn is_undefined(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<Marker>().is_some()
}

/// An error where a value is not defined.
pub(super) fn check(value: &Value) -> Result<(), Error> {
    if let Some(marker) = value.downcast_object_ref::<Marker>() {
        return Err(marker.0.error());
    }
    if value.kind() == ValueKind::Undefined {
        // The engine knows where the value comes from, and tells it only in an error of its own.
        return Err(value.get_attr("x").err().unwrap_or_else(|| ErrorKind::UndefinedError.into()));
    }
    Ok(())
}

impl Object for Marker {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(vec![Value::from(self.0.error())])
    }

    fn is_true(self: &Arc<Self>) -> bool {
        watch::looked_into(&self.0);
        false
    }

    fn custom_cmp(self: &Arc<Self>, _other: &minijinja::value::DynObject) -> Option<std::cmp::Ordering> {
        watch::looked_into(&self.0);
        None
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Result<Value, Error> {
        Ok(Value::from_dyn_object(Arc::clone(self)))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        _method: &str,
        _arguments: &[Value],
    ) -> Result<Value, Error> {
        Ok(Value::from_dyn_object(Arc::clone(self)))
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        watch::looked_into(&self.0);
        Ok(())
    }
}
