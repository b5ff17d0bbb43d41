//! Lists: what is taken of them, and lists of lists.

use minijinja::{
    Error, State, filters,
    value::{Rest, Value, ValueOrKwargs},
};

use super::{
    super::{
        arguments::{Arguments, failed, items},
        marker, python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.keep("batch", filters::batch);
    registry.keep("first", filters::first);
    registry.keep("last", filters::last);
    registry.keep("length", filters::length);
    registry.keep("count", filters::length);
    registry.keep("list", filters::list);
    registry.keep("map", filters::map);
    registry.keep("select", filters::select);
    registry.keep("selectattr", |state: &mut State<'_, '_>, list: &Value, arguments: Rest<ValueOrKwargs>| {
        select_by(state, list, &arguments.into_values(), true)
    });
    registry.keep("rejectattr", |state: &mut State<'_, '_>, list: &Value, arguments: Rest<ValueOrKwargs>| {
        select_by(state, list, &arguments.into_values(), false)
    });
    registry.keep("reject", filters::reject);
    registry.keep("reverse", filters::reverse);
    registry.keep("slice", filters::slice);
    registry.add(&[("flatten", flatten), ("join", join), ("extract", extract), ("subelements", subelements)]);
}

/// The items whose part is true, or passes a test; the part need not be there.
fn select_by(state: &mut State<'_, '_>, list: &Value, arguments: &[Value], wanted: bool) -> Result<Value, Error> {
    let [path, rest @ ..] = arguments else { return Err(failed("say which part: `selectattr('name')`")) };
    let path = python::text(path)?;
    let mut selected = Vec::new();
    for item in items(list)? {
        let part = path.split('.').try_fold(item.clone(), |value, name| match name.parse::<i64>() {
            _ if marker::is_undefined(&value) => Ok(value),
            Ok(index) => value.get_item(&Value::from(index)),
            Err(_) => value.get_attr(name),
        })?;
        let holds = match rest {
            [] => {
                marker::check(&part)?;
                part.is_true()
            }
            [test, rest @ ..] => {
                let arguments: Vec<Value> = std::iter::once(part).chain(rest.iter().cloned()).collect();
                state.perform_test(&python::text(test)?, &arguments)?
            }
        };
        if holds == wanted {
            selected.push(item);
        }
    }
    Ok(selected.into())
}

/// One list of a list of lists; nulls are left out.
fn flatten(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let levels = arguments.int("levels")?;
    let skip_nulls = arguments.value("skip_nulls")?.is_none_or(|skip| skip.is_true());
    let mut flat = Vec::new();
    flatten_into(&mut flat, value, levels, skip_nulls)?;
    Ok(flat.into())
}

fn flatten_into(flat: &mut Vec<Value>, list: &Value, levels: Option<i64>, skip_nulls: bool) -> Result<(), Error> {
    for item in items(list)? {
        if skip_nulls && (item.is_none() || matches!(item.as_str(), Some("None" | "null"))) {
            continue;
        }
        if is_list(&item) && levels.is_none_or(|levels| levels >= 1) {
            flatten_into(flat, &item, levels.map(|levels| levels - 1), skip_nulls)?;
        } else {
            flat.push(item);
        }
    }
    Ok(())
}

/// Whether a value is a list or a tuple.
pub(super) fn is_list(value: &Value) -> bool {
    use minijinja::value::ValueKind::{Iterable, Seq};
    matches!(value.kind(), Seq | Iterable)
}

/// The texts of a list in one.
fn join(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let between = arguments.text("d")?.unwrap_or_default();
    let attribute = arguments.text("attribute")?;
    let mut texts = Vec::new();
    for item in items(value)? {
        texts.push(python::text(&match &attribute {
            Some(path) => at(&item, path)?,
            None => item,
        })?);
    }
    Ok(texts.join(&between).into())
}

/// What a path of names and numbers leads to: `net.address`, `0.name`.
pub(super) fn at(value: &Value, path: &str) -> Result<Value, Error> {
    path.split('.').try_fold(value.clone(), |value, part| match part.parse::<i64>() {
        Ok(index) => value.get_item(&Value::from(index)),
        Err(_) => value.get_attr(part),
    })
}

/// What stands under a key: `groups.web | map('extract', hostvars, 'rip')`.
fn extract(key: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let container = arguments.required("container")?;
    let more = match arguments.value("morekeys")? {
        Some(keys) if is_list(&keys) => items(&keys)?,
        Some(key) if !key.is_none() => vec![key],
        _ => Vec::new(),
    };
    let mut value = container.get_item(key)?;
    for key in more {
        value = value.get_item(&key)?;
    }
    Ok(value)
}

fn subelements(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let wanted = arguments.required("subelements")?;
    let skip_missing = arguments.flag("skip_missing")?;
    pairs_of(value, &wanted, skip_missing)
}

/// Each mapping with each item of a list in it.
pub(in crate::template) fn pairs_of(value: &Value, wanted: &Value, skip_missing: bool) -> Result<Value, Error> {
    use minijinja::value::{Tuple, ValueKind};
    let elements = match value.kind() {
        ValueKind::Map => items(value)?.iter().map(|key| value.get_item(key)).collect::<Result<_, _>>()?,
        ValueKind::Seq | ValueKind::Iterable => items(value)?,
        _ => return Err(failed("`subelements` needs a list of mappings, or a mapping of them")),
    };
    let path = match wanted.as_str() {
        Some(path) => path.split('.').map(Value::from).collect(),
        None => items(wanted)?,
    };
    let mut pairs = Vec::new();
    for element in elements {
        let mut inner = element.clone();
        for key in &path {
            if inner.is_undefined() && skip_missing {
                break;
            }
            inner =
                inner.get_item(key).map_err(|_| failed(format!("`{key}` leads into something that is no mapping")))?;
        }
        if inner.is_undefined() && skip_missing {
            continue;
        }
        if inner.is_undefined() {
            return Err(failed(format!("an item has no `{wanted}`; `skip_missing=true` leaves it out")));
        }
        if !is_list(&inner) {
            return Err(failed(format!("`{wanted}` of an item is not a list")));
        }
        for item in items(&inner)? {
            pairs.push(Value::from(Tuple::from([element.clone(), item])));
        }
    }
    Ok(pairs.into())
}
