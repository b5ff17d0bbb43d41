//! Lists of other values, as loops take them.

use minijinja::{
    Error,
    value::{Kwargs, Tuple, Value, ValueKind},
};

use super::{
    super::{arguments::items, filter},
    Call, failed,
};

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// One level of lists is taken apart.
pub(super) fn items_of(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for term in terms {
        if is_list(term) { found.extend(items(term)?) } else { found.push(term.clone()) }
    }
    Ok(found)
}

/// The terms as they are.
#[expect(clippy::unnecessary_wraps, reason = "it is called as every lookup")]
pub(super) fn list(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    Ok(terms.to_vec())
}

/// All levels of lists are taken apart.
pub(super) fn flattened(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    fn add(found: &mut Vec<Value>, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > 64 {
            return Err(failed("the lists are nested too deeply"));
        }
        if is_list(value) {
            return items(value)?.iter().try_for_each(|item| add(found, item, depth + 1));
        }
        if !value.is_none() {
            found.push(value.clone());
        }
        Ok(())
    }
    let mut found = Vec::new();
    terms.iter().try_for_each(|term| add(&mut found, term, 0))?;
    Ok(found)
}

/// Keys and values of mappings.
pub(super) fn dict(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for term in terms {
        if term.kind() != ValueKind::Map {
            return Err(failed("the lookup `dict` takes mappings"));
        }
        for key in items(term)? {
            let value = term.get_item(&key)?;
            found.push(Value::from_pairs([("key", key), ("value", value)]));
        }
    }
    Ok(found)
}

/// Python's `dict`: of pairs or of a mapping, and of names.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
pub(super) fn to_dict(pairs: Option<Value>, named: Kwargs) -> Result<Value, Error> {
    let mut entries = Vec::new();
    match pairs {
        Some(mapping) if mapping.kind() == ValueKind::Map => {
            for key in items(&mapping)? {
                let value = mapping.get_item(&key)?;
                entries.push((key, value));
            }
        }
        Some(pairs) => {
            for pair in items(&pairs)? {
                match &items(&pair)?[..] {
                    [key, value] => entries.push((key.clone(), value.clone())),
                    _ => return Err(failed("`dict` takes pairs")),
                }
            }
        }
        None => {}
    }
    let keywords: Vec<String> = named.args().map(str::to_owned).collect();
    for name in keywords {
        let value = named.get(&name)?;
        entries.push((name.into(), value));
    }
    Ok(Value::from_pairs(entries))
}

/// Each item with its number.
pub(super) fn indexed_items(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let items = items_of(terms, call)?;
    let pair = |(index, item): (usize, Value)| Value::from(Tuple::from([Value::from(index), item]));
    Ok(items.into_iter().enumerate().map(pair).collect())
}

/// Every item of one list with every item of the next.
pub(super) fn nested(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    if terms.is_empty() {
        return Err(failed("`nested` needs a list"));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for term in terms {
        let items = if is_list(term) { items(term)? } else { vec![term.clone()] };
        if rows.len().saturating_mul(items.len()) > 1_000_000 {
            return Err(failed("the lists have too many pairs"));
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| [row.as_slice(), std::slice::from_ref(item)].concat()))
            .collect();
    }
    Ok(rows.into_iter().map(Value::from).collect())
}

/// Lists beside each other, the shorter ones filled up with none.
pub(super) fn together(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let lists = terms.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    let length = lists.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index: usize| {
        let row = lists.iter().map(|list| list.get(index).cloned().unwrap_or_else(|| Value::from(())));
        Value::from(row.collect::<Vec<_>>())
    };
    Ok((0..length).map(row).collect())
}

/// Each mapping, without the list, with each item of a list in it.
pub(super) fn subelements(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let (list, path, options) = match terms {
        [list, path] => (list, path, None),
        [list, path, options] => (list, path, Some(options)),
        _ => return Err(failed("`subelements` needs a list and a key")),
    };
    let skip = options.and_then(|options| options.get_attr("skip_missing").ok()).is_some_and(|skip| skip.is_true());
    let without = |element: &Value| {
        let keys = items(element)?.into_iter().filter(|key| key != path);
        keys.map(|key| Ok((key.clone(), element.get_item(&key)?))).collect::<Result<Vec<_>, Error>>()
    };
    let pair = |pair: Value| {
        let element = Value::from_pairs(without(&pair.get_item_by_index(0)?)?);
        Ok(Value::from(Tuple::from([element, pair.get_item_by_index(1)?])))
    };
    items(&filter::subelements(list, path, skip)?)?.into_iter().map(pair).collect()
}

/// One of the terms.
#[expect(clippy::unnecessary_wraps, reason = "it is called as every lookup")]
pub(super) fn random_choice(terms: &[Value], _: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    use std::hash::{BuildHasher, RandomState};
    let count = terms.len().max(1) as u64;
    let at = usize::try_from(RandomState::new().hash_one(0) % count).unwrap_or(0);
    Ok(terms.get(at).cloned().into_iter().collect())
}
