//! Addresses of the Web.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, items},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("uri", |value, arguments| has_scheme(value, arguments, |_| true))]);
    registry.add(&[("url", |value, arguments| {
        has_scheme(value, arguments, |rest| rest.starts_with("//") && rest.len() > 2)
    })]);
    registry.add(&[("urn", |value, _| Ok(python::text(value)?.to_lowercase().starts_with("urn:")))]);
}

fn has_scheme(value: &Value, arguments: &mut Arguments, has_rest: fn(&str) -> bool) -> Result<bool, Error> {
    let schemes = arguments.value("schemes")?.filter(|schemes| !schemes.is_none());
    let schemes = schemes.map(|schemes| items(&schemes)).transpose()?;
    let text = python::text(value)?;
    let Some((scheme, rest)) = text.split_once(':') else { return Ok(false) };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let is_allowed = schemes.is_none_or(|schemes| schemes.iter().any(|known| known.as_str() == Some(scheme)));
    Ok(is_scheme && is_allowed && has_rest(rest))
}
