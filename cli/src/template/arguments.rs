//! The arguments of a filter, a test or a lookup, taken as Python takes them: by place or by name.

use minijinja::{
    Error, ErrorKind,
    value::{Kwargs, Rest, Value, from_args},
};

use super::{marker, python};

/// An error of a filter, a test or a lookup. The text must not have values of variables in it.
pub(super) fn failed(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.into())
}

/// Arguments, taken in their order.
pub(super) struct Arguments {
    positional: std::vec::IntoIter<Value>,
    named: Kwargs,
}

impl Arguments {
    pub(super) fn new(values: &[Value]) -> Result<Self, Error> {
        let (positional, named): (Rest<Value>, Kwargs) = from_args(values)?;
        Ok(Self { positional: positional.0.into_iter(), named })
    }

    /// The next argument, or the one of this name. Only [`Arguments::may_be_undefined`] takes one that is not defined.
    pub(super) fn value(&mut self, name: &str) -> Result<Option<Value>, Error> {
        let value = self.may_be_undefined(name)?;
        value.iter().try_for_each(marker::check)?;
        Ok(value)
    }

    /// The next argument, or the one of this name.
    pub(super) fn may_be_undefined(&mut self, name: &str) -> Result<Option<Value>, Error> {
        match self.positional.next() {
            Some(value) => Ok(Some(value)),
            None if self.named.has(name) => self.named.get(name).map(Some),
            None => Ok(None),
        }
    }

    /// An argument that can only be given by its name.
    pub(super) fn named(&self, name: &str) -> Result<Option<Value>, Error> {
        if self.named.has(name) { self.named.get(name).map(Some) } else { Ok(None) }
    }

    /// An argument that must be given.
    pub(super) fn required(&mut self, name: &str) -> Result<Value, Error> {
        self.value(name)?.ok_or_else(|| failed(format!("the argument `{name}` is missing")))
    }

    /// Text.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        self.value(name)?.filter(|value| !value.is_none()).as_ref().map(python::text).transpose()
    }

    /// Whether something is to be so; it is not where nothing is said.
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Error> {
        Ok(self.value(name)?.is_some_and(|value| value.is_true()))
    }

    /// A whole number.
    pub(super) fn int(&mut self, name: &str) -> Result<Option<i64>, Error> {
        let number = |value: Value| value.as_i64().ok_or_else(|| failed(format!("`{name}` is a whole number")));
        self.value(name)?.filter(|value| !value.is_none()).map(number).transpose()
    }

    /// All arguments by place that are left.
    pub(super) fn rest(&mut self) -> Vec<Value> {
        self.positional.by_ref().collect()
    }

    /// All arguments by name.
    pub(super) fn all_named(&self) -> Result<Vec<(String, Value)>, Error> {
        let names: Vec<String> = self.named.args().map(str::to_owned).collect();
        names.into_iter().map(|name| Ok((name.clone(), self.named.get(&name)?))).collect()
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        if self.positional.next().is_some() {
            return Err(ErrorKind::TooManyArguments.into());
        }
        self.named.assert_all_used()
    }
}

/// What is in a list, the keys of a mapping, the characters of a text.
pub(super) fn items(value: &Value) -> Result<Vec<Value>, Error> {
    marker::check(value)?;
    if let Some(text) = value.as_str() {
        return Ok(text.chars().map(|character| Value::from(character.to_string())).collect());
    }
    let items: Vec<Value> = value.try_iter().map_err(|_| failed("expected a list"))?.collect();
    items.iter().try_for_each(marker::check)?;
    Ok(items)
}
