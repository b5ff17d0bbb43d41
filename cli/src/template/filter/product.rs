//! Lists beside each other and across each other.

use minijinja::{
    Error,
    value::{Tuple, Value},
};

use super::{
    super::arguments::{Arguments, failed, items},
    Registry,
};

/// Most tuples that one of these makes.
const MAX: usize = 1_000_000;

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("zip", zip), ("zip_longest", zip_longest), ("product", product)]);
    registry.add(&[("permutations", permutations), ("combinations", combinations)]);
}

fn lists(value: &Value, arguments: &mut Arguments) -> Result<Vec<Vec<Value>>, Error> {
    std::iter::once(value.clone()).chain(arguments.rest()).map(|list| items(&list)).collect()
}

fn tuples(rows: impl IntoIterator<Item = Vec<Value>>) -> Value {
    rows.into_iter().map(|row| Value::from(Tuple::from(row))).collect::<Vec<_>>().into()
}

fn zip(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let lists = lists(value, arguments)?;
    let length = lists.iter().map(Vec::len).min().unwrap_or(0);
    Ok(tuples((0..length).map(|index| lists.iter().map(|list| list[index].clone()).collect())))
}

fn zip_longest(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let fill = arguments.named("fillvalue")?.unwrap_or_else(|| Value::from(()));
    let lists = lists(value, arguments)?;
    let length = lists.iter().map(Vec::len).max().unwrap_or(0);
    let at = |list: &Vec<Value>, index: usize| list.get(index).unwrap_or(&fill).clone();
    Ok(tuples((0..length).map(|index| lists.iter().map(|list| at(list, index)).collect())))
}

fn product(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let repeat = arguments.named("repeat")?.and_then(|repeat| repeat.as_usize()).unwrap_or(1);
    let once = lists(value, arguments)?;
    let mut rows = vec![Vec::new()];
    for list in std::iter::repeat_n(&once, repeat).flatten() {
        if rows.len().saturating_mul(list.len()) > MAX {
            return Err(failed("the product has too many members"));
        }
        rows = rows.iter().flat_map(|row: &Vec<Value>| list.iter().map(|item| with(row, item))).collect();
    }
    Ok(tuples(rows))
}

fn with(row: &[Value], item: &Value) -> Vec<Value> {
    row.iter().chain([item]).cloned().collect()
}

fn permutations(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let items = items(value)?;
    let length = arguments.int("r")?.map_or(Ok(items.len()), usize::try_from).map_err(|_| failed("no such length"))?;
    chosen(&items, length, |row, index| !row.contains(&index))
}

fn combinations(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let length = arguments.required("r")?.as_usize().ok_or_else(|| failed("no such length"))?;
    chosen(&items(value)?, length, |row, index| row.last().is_none_or(|last| *last < index))
}

/// Rows of so many items; an item may follow a row where `may_follow` says so.
fn chosen(items: &[Value], length: usize, may_follow: impl Fn(&[usize], usize) -> bool) -> Result<Value, Error> {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..length {
        let mut longer = Vec::new();
        for row in &rows {
            let next = (0..items.len()).filter(|&index| may_follow(row, index));
            longer.extend(next.map(|index| row.iter().copied().chain([index]).collect::<Vec<_>>()));
            if longer.len() > MAX {
                return Err(failed("there are too many of them"));
            }
        }
        rows = longer;
    }
    Ok(tuples(rows.into_iter().map(|row| row.into_iter().map(|index| items[index].clone()).collect())))
}
