//! The order of lists, and groups in them.

use std::cmp::Ordering;

use minijinja::{
    Error, filters,
    value::{Tuple, Value, ValueKind},
};

use super::{
    super::arguments::{Arguments, failed, items},
    Registry,
    list::at,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.keep("groupby", filters::groupby);
    registry.add(&[("sort", sort), ("min", min), ("max", max), ("sum", sum)]);
}

/// What a list is ordered by: parts of its items, without case where that is asked for.
fn key(item: &Value, attributes: &[String], case_sensitive: bool) -> Result<Value, Error> {
    let fold = |value: Value| match value.as_str() {
        Some(text) if !case_sensitive => Value::from(text.to_lowercase()),
        _ => value,
    };
    match attributes {
        [] => Ok(fold(item.clone())),
        [only] => at(item, only).map(fold),
        several => {
            let parts = several.iter().map(|path| at(item, path).map(fold)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::from(Tuple::from(parts)))
        }
    }
}

/// Python compares only what is alike.
fn compare(a: &Value, b: &Value) -> Result<Ordering, Error> {
    let kind = |value: &Value| match value.kind() {
        ValueKind::Bool | ValueKind::Number => Some(0),
        ValueKind::String => Some(1),
        ValueKind::Seq | ValueKind::Iterable => Some(2),
        _ => None,
    };
    match (kind(a), kind(b)) {
        (Some(2), Some(2)) => {
            for (a, b) in items(a)?.iter().zip(&items(b)?) {
                match compare(a, b)? {
                    Ordering::Equal => {}
                    unequal => return Ok(unequal),
                }
            }
            Ok(a.len().cmp(&b.len()))
        }
        (Some(a_kind), Some(b_kind)) if a_kind == b_kind => Ok(a.cmp(b)),
        _ => Err(failed(format!("{} and {} have no order", a.kind(), b.kind()))),
    }
}

fn sort(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let reverse = arguments.flag("reverse")?;
    let case_sensitive = arguments.flag("case_sensitive")?;
    let attributes = attributes(arguments.text("attribute")?);
    let mut keyed = keyed(value, &attributes, case_sensitive)?;
    let mut mistake = None;
    keyed.sort_by(|(a, _), (b, _)| {
        let ordering = compare(a, b).unwrap_or_else(|error| {
            mistake.get_or_insert(error);
            Ordering::Equal
        });
        if reverse { ordering.reverse() } else { ordering }
    });
    match mistake {
        Some(error) => Err(error),
        None => Ok(keyed.into_iter().map(|(_, item)| item).collect::<Vec<_>>().into()),
    }
}

fn attributes(attribute: Option<String>) -> Vec<String> {
    attribute.map(|list| list.split(',').map(|path| path.trim().to_owned()).collect()).unwrap_or_default()
}

fn keyed(value: &Value, attributes: &[String], case_sensitive: bool) -> Result<Vec<(Value, Value)>, Error> {
    items(value)?.into_iter().map(|item| Ok((key(&item, attributes, case_sensitive)?, item))).collect()
}

fn extreme(value: &Value, arguments: &mut Arguments, wanted: Ordering) -> Result<Value, Error> {
    let case_sensitive = arguments.flag("case_sensitive")?;
    let attributes = attributes(arguments.text("attribute")?);
    let mut found: Option<(Value, Value)> = None;
    for (key, item) in keyed(value, &attributes, case_sensitive)? {
        match &found {
            Some((best, _)) if compare(&key, best)? != wanted => {}
            _ => found = Some((key, item)),
        }
    }
    Ok(found.map_or(Value::UNDEFINED, |(_, item)| item))
}

fn min(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    extreme(value, arguments, Ordering::Less)
}

fn max(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    extreme(value, arguments, Ordering::Greater)
}

fn sum(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let attribute = arguments.text("attribute")?;
    let start = arguments.value("start")?.unwrap_or_else(|| Value::from(0));
    items(value)?.iter().try_fold(start, |sum, item| {
        let item = attribute.as_ref().map_or_else(|| Ok(item.clone()), |path| at(item, path))?;
        add(&sum, &item).ok_or_else(|| failed("only numbers have a sum"))
    })
}

fn add(a: &Value, b: &Value) -> Option<Value> {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64())
        && (!a.is_negative() || !b.is_negative() || a.checked_add(b).is_some())
    {
        return a.checked_add(b).map(Value::from);
    }
    let number = |value: &Value| f64::try_from(value.clone()).ok();
    Some(Value::from(number(a)? + number(b)?))
}
