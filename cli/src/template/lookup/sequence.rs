//! `sequence`: numbers in a row, written by a format.

use minijinja::{Error, value::Value};

use super::{super::filter, Call, failed, python};

/// Most numbers in one.
const MAX: i64 = 1_000_000;

/// `start=1 end=4 stride=2 format=n%02d`, `count=3`, `2-8/2:n%d`, or these by name.
pub(super) fn sequence(terms: &[Value], call: &Call<'_, '_, '_>) -> Result<Vec<Value>, Error> {
    let mut named = Vec::new();
    for key in ["start", "end", "count", "stride", "format"] {
        if let Some(value) = call.arguments.named(key)? {
            named.push((key.to_owned(), python::text(&value)?));
        }
    }
    if terms.is_empty() {
        return numbers(&named);
    }
    let mut found = Vec::new();
    for term in terms {
        let text = python::text(term)?;
        let pairs = text.split_whitespace().map(|part| part.split_once('='));
        let pairs: Vec<(String, String)> = match pairs.collect::<Option<Vec<_>>>() {
            Some(pairs) => pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            None => short(&text).ok_or_else(|| failed(format!("`{text}` is no sequence")))?,
        };
        found.extend(numbers(&[named.clone(), pairs].concat())?);
    }
    Ok(found)
}

/// `[start-]end[/stride][:format]`.
fn short(text: &str) -> Option<Vec<(String, String)>> {
    let (range, format) = text.split_once(':').map_or((text, None), |(range, format)| (range, Some(format)));
    let (range, stride) = range.split_once('/').map_or((range, None), |(range, stride)| (range, Some(stride)));
    let (start, end) = range.split_once('-').map_or((None, range), |(start, end)| (Some(start), end));
    number(end)?;
    let parts = [("start", start), ("end", Some(end)), ("stride", stride), ("format", format)];
    Some(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect())
}

fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(&text[1..], 8).ok(),
        None => text.parse().ok(),
    }
}

fn numbers(pairs: &[(String, String)]) -> Result<Vec<Value>, Error> {
    let get = |wanted: &str| pairs.iter().rev().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str());
    let int = |key: &str| match get(key) {
        Some(text) => number(text).map(Some).ok_or_else(|| failed(format!("`{key}` of a sequence is a whole number"))),
        None => Ok(None),
    };
    if let Some((key, _)) =
        pairs.iter().find(|(key, _)| !["start", "end", "count", "stride", "format"].contains(&key.as_str()))
    {
        return Err(failed(format!("a sequence has no `{key}`")));
    }
    let start = int("start")?.unwrap_or(1);
    let format = get("format").unwrap_or("%d");
    let (end, stride) = match (int("end")?, int("count")?) {
        (Some(end), None) => (end, int("stride")?.unwrap_or(if start <= end { 1 } else { -1 })),
        (None, Some(0)) => return Ok(Vec::new()),
        (None, Some(count)) => {
            let stride = int("stride")?.unwrap_or(1);
            (start.saturating_add(count.saturating_sub(1).saturating_mul(stride)), stride)
        }
        _ => return Err(failed("a sequence has either `end` or `count`")),
    };
    if stride == 0 {
        return Ok(Vec::new());
    }
    if (stride > 0) != (end >= start) && end != start {
        return Err(failed("the sequence never ends: its `stride` leads away from its `end`"));
    }
    let count = end.abs_diff(start) / stride.unsigned_abs() + 1;
    let count =
        i64::try_from(count).ok().filter(|count| *count <= MAX).ok_or_else(|| failed("the sequence is too long"))?;
    let written = |index: i64| filter::printf(format, &[Value::from(start + index * stride)], None).map(Value::from);
    (0..count).map(written).collect()
}
