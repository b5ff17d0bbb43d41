//! `combine`: mappings laid over each other.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::arguments::{Arguments, failed, items},
    Registry,
    dictionary::map,
    list::is_list,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("combine", combine)]);
}

/// What becomes of two lists under one key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    Replace,
    Keep,
    Append,
    Prepend,
    AppendRemoving,
    PrependRemoving,
}

fn combine(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let recursive = arguments.named("recursive")?.is_some_and(|recursive| recursive.is_true());
    let lists = match arguments.named("list_merge")?.as_ref().map(|lists| lists.as_str().unwrap_or("?")) {
        None | Some("replace") => Lists::Replace,
        Some("keep") => Lists::Keep,
        Some("append") => Lists::Append,
        Some("prepend") => Lists::Prepend,
        Some("append_rp") => Lists::AppendRemoving,
        Some("prepend_rp") => Lists::PrependRemoving,
        Some(_) => return Err(failed("`list_merge` is replace, keep, append, prepend, append_rp or prepend_rp")),
    };
    let mut layers = Vec::new();
    for term in std::iter::once(value.clone()).chain(arguments.rest()) {
        if is_list(&term) { layers.extend(items(&term)?) } else { layers.push(term) }
    }
    if layers.iter().any(|layer| layer.kind() != ValueKind::Map) {
        return Err(failed("`combine` takes mappings"));
    }
    let mut layers = layers.into_iter();
    let first = layers.next().unwrap_or_else(|| map([]));
    layers.try_fold(first, |below, above| merge(&below, &above, recursive, lists, 0))
}

fn merge(below: &Value, above: &Value, recursive: bool, lists: Lists, depth: usize) -> Result<Value, Error> {
    if depth > 64 {
        return Err(failed("the mappings are nested too deeply"));
    }
    let mut entries = Vec::new();
    for key in items(below)? {
        let value = below.get_item(&key)?;
        entries.push((key, value));
    }
    for key in items(above)? {
        let value = above.get_item(&key)?;
        match entries.iter_mut().find(|(present, _)| *present == key) {
            None => entries.push((key, value)),
            Some((_, present)) => {
                *present = if recursive && present.kind() == ValueKind::Map && value.kind() == ValueKind::Map {
                    merge(present, &value, recursive, lists, depth + 1)?
                } else if is_list(present) && is_list(&value) {
                    merge_lists(present, &value, lists)?
                } else {
                    value
                };
            }
        }
    }
    Ok(map(entries))
}

fn merge_lists(below: &Value, above: &Value, lists: Lists) -> Result<Value, Error> {
    let (low, high) = (items(below)?, items(above)?);
    let without = |list: &[Value], other: &[Value]| -> Vec<Value> {
        list.iter().filter(|item| !other.contains(item)).cloned().collect()
    };
    Ok(match lists {
        Lists::Replace => high,
        Lists::Keep => low,
        Lists::Append => [low, high].concat(),
        Lists::Prepend => [high, low].concat(),
        Lists::AppendRemoving => [without(&low, &high), high].concat(),
        Lists::PrependRemoving => {
            let low = without(&low, &high);
            [high, low].concat()
        }
    }
    .into())
}
