//! Mappings and lists of pairs.

use minijinja::{
    Error, filters,
    value::{Value, ValueKind},
};

use super::{
    super::arguments::{Arguments, failed, items},
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.keep("attr", filters::attr);
    registry.keep("dictsort", filters::dictsort);
    registry.keep("items", filters::items);
    registry.add(&[("dict2items", dict2items), ("items2dict", items2dict), ("rekey_on_member", rekey_on_member)]);
}

/// A mapping of what Rust has, in its order.
pub(super) fn map(entries: impl IntoIterator<Item = (Value, Value)>) -> Value {
    Value::from_pairs(entries)
}

fn names(arguments: &mut Arguments) -> Result<(Value, Value), Error> {
    let key = arguments.value("key_name")?.unwrap_or_else(|| Value::from("key"));
    Ok((key, arguments.value("value_name")?.unwrap_or_else(|| Value::from("value"))))
}

fn dict2items(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (key_name, value_name) = names(arguments)?;
    if value.kind() != ValueKind::Map {
        return Err(failed("`dict2items` needs a mapping"));
    }
    let item = |key: Value| {
        let value = value.get_item(&key)?;
        Ok(map([(key_name.clone(), key), (value_name.clone(), value)]))
    };
    items(value)?.into_iter().map(item).collect::<Result<Vec<_>, Error>>().map(Value::from)
}

fn items2dict(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let (key_name, value_name) = names(arguments)?;
    if !super::list::is_list(value) {
        return Err(failed("`items2dict` needs a list of mappings"));
    }
    let missing = || failed(format!("`items2dict` needs mappings with `{key_name}` and `{value_name}`"));
    let get =
        |item: &Value, name: &Value| item.get_item(name).ok().filter(|value| !value.is_undefined()).ok_or_else(missing);
    let entry = |item: Value| Ok((get(&item, &key_name)?, get(&item, &value_name)?));
    items(value)?.into_iter().map(entry).collect::<Result<Vec<_>, Error>>().map(map)
}

/// Mappings under one of their values.
fn rekey_on_member(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let member = arguments.required("key")?;
    let overwrite = match arguments.text("duplicates")?.as_deref() {
        None | Some("error") => false,
        Some("overwrite") => true,
        Some(_) => return Err(failed("`duplicates` is `error` or `overwrite`")),
    };
    let members = match value.kind() {
        ValueKind::Map => items(value)?.iter().map(|key| value.get_item(key)).collect::<Result<_, _>>()?,
        _ => items(value)?,
    };
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for item in members {
        let key = item.get_item(&member).ok().filter(|key| !key.is_undefined());
        let key = key.ok_or_else(|| failed(format!("an item has no `{member}`")))?;
        match entries.iter_mut().find(|(present, _)| *present == key) {
            Some(entry) if overwrite => entry.1 = item,
            Some(_) => return Err(failed(format!("two items have the same `{member}`"))),
            None => entries.push((key, item)),
        }
    }
    Ok(map(entries))
}
