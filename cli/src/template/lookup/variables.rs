//! Variables: of the environment, and those of the host by a name that is not known before.

use std::env as environment;

use minijinja::{Error, value::Value};

use super::{
    super::{context, marker, pattern},
    Call, failed, python,
};

/// Variables of the controller's environment.
pub(super) fn env(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let default = call.arguments.named("default")?.unwrap_or_else(|| Value::from(""));
    let get = |term: &Value| {
        let name = python::text(term)?;
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        let value = is_name.then(|| environment::var_os(&name)).flatten();
        Ok(value.map_or_else(|| default.clone(), |value| value.to_string_lossy().into_owned().into()))
    };
    terms.iter().map(get).collect()
}

/// Variables by their names.
pub(super) fn vars(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let default = call.arguments.named("default")?;
    let get = |term: &Value| {
        let name = python::text(term)?;
        match call.state.lookup(&name).filter(|value| !marker::is_undefined(value)) {
            // One that cannot be rendered says why.
            Some(value) if value.kind() == minijinja::value::ValueKind::Invalid => {
                Err(super::super::value::error_of(&value))
            }
            Some(value) => Ok(value),
            None => default.clone().ok_or_else(|| failed(format!("there is no variable `{name}`"))),
        }
    };
    terms.iter().map(get).collect()
}

/// The names of variables that an expression matches.
pub(super) fn varnames(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let names = context::of(call.state).names();
    let mut found = Vec::new();
    for term in terms {
        let regex = pattern::compile(&python::text(term)?, pattern::Flags::default())?;
        for name in &names {
            if regex.is_match(name).map_err(pattern::gave_up)? {
                found.push(Value::from(name.as_str()));
            }
        }
    }
    Ok(found)
}
