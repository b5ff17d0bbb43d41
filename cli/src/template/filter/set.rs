//! Lists as sets. The order is that of first appearance, where Ansible has none.

use minijinja::{Error, value::Value};

use super::{
    super::arguments::{Arguments, items},
    Registry,
    list::at,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("unique", unique), ("union", union), ("intersect", intersect), ("difference", difference)]);
    registry.add(&[("symmetric_difference", symmetric_difference)]);
}

fn without_repeats(list: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in list {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn unique(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let case_sensitive = arguments.flag("case_sensitive")?;
    let attribute = arguments.text("attribute")?;
    let (mut seen, mut kept) = (Vec::new(), Vec::new());
    for item in items(value)? {
        let mut key = match &attribute {
            Some(path) => at(&item, path)?,
            None => item.clone(),
        };
        if let Some(text) = key.as_str().filter(|_| !case_sensitive) {
            key = text.to_lowercase().into();
        }
        if !seen.contains(&key) {
            seen.push(key);
            kept.push(item);
        }
    }
    Ok(kept.into())
}

fn two(value: &Value, arguments: &mut Arguments) -> Result<(Vec<Value>, Vec<Value>), Error> {
    Ok((items(value)?, items(&arguments.required("b")?)?))
}

fn union(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (a, b) = two(value, arguments)?;
    Ok(without_repeats(a.into_iter().chain(b)).into())
}

fn intersect(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (a, b) = two(value, arguments)?;
    Ok(without_repeats(a.into_iter().filter(|item| b.contains(item))).into())
}

fn difference(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (a, b) = two(value, arguments)?;
    Ok(without_repeats(a.into_iter().filter(|item| !b.contains(item))).into())
}

fn symmetric_difference(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (a, b) = two(value, arguments)?;
    let only_a = a.iter().filter(|item| !b.contains(item));
    let only_b = b.iter().filter(|item| !a.contains(item));
    Ok(without_repeats(only_a.chain(only_b).cloned()).into())
}
