//! What came of a task, as it was registered.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::arguments::{Arguments, failed, items},
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    for name in ["failed", "failure"] {
        registry.add(&[(name, |result, _| has(result, "failed"))]);
    }
    for name in ["succeeded", "success", "successful"] {
        registry.add(&[(name, |result, _| has(result, "failed").map(|failed| !failed))]);
    }
    for name in ["skipped", "skip"] {
        registry.add(&[(name, |result, _| has(result, "skipped"))]);
    }
    registry.add(&[("changed", changed), ("change", changed), ("timedout", timedout)]);
    registry.add(&[("unreachable", |result, _| has(result, "unreachable"))]);
    registry.add(&[("reachable", |result, _| has(result, "unreachable").map(|unreachable| !unreachable))]);
    registry.add(&[("started", |result, _| has_or(result, "started"))]);
    registry.add(&[("finished", |result, _| has_or(result, "finished"))]);
}

fn get(result: &Value, key: &str) -> Result<Option<Value>, Error> {
    if result.kind() != ValueKind::Map {
        return Err(failed("this is not what a task registered"));
    }
    Ok(result.get_attr(key).ok().filter(|value| !value.is_undefined()))
}

fn has(result: &Value, key: &str) -> Result<bool, Error> {
    Ok(get(result, key)?.is_some_and(|value| value.is_true()))
}

/// True as well where the task did not run in the background.
fn has_or(result: &Value, key: &str) -> Result<bool, Error> {
    Ok(get(result, key)?.is_none_or(|value| value.is_true()))
}

/// With a loop: whether any of its items changed something.
fn changed(result: &Value, _: &mut Arguments) -> Result<bool, Error> {
    if let Some(changed) = get(result, "changed")? {
        return Ok(changed.is_true());
    }
    let results = get(result, "results")?.map_or_else(|| Ok(Vec::new()), |results| items(&results))?;
    Ok(results.iter().any(|result| has(result, "changed").unwrap_or(false)))
}

fn timedout(result: &Value, _: &mut Arguments) -> Result<bool, Error> {
    match get(result, "timedout")? {
        Some(timedout) if timedout.is_true() => has(&timedout, "period"),
        _ => Ok(false),
    }
}
