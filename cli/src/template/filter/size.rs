//! Sizes in bytes, with units.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("human_readable", human_readable), ("human_to_bytes", human_to_bytes)]);
    registry.add(&[("filesizeformat", filesizeformat)]);
}

/// From the largest; each is 1024 of the next.
const UNITS: &[char] = &['Y', 'Z', 'E', 'P', 'T', 'G', 'M', 'K', 'B'];

fn size_of(unit: char) -> Option<f64> {
    let power = UNITS.iter().rev().position(|known| *known == unit)?;
    Some(1024_f64.powi(i32::try_from(power).ok()?))
}

fn human_readable(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let is_bits = arguments.flag("isbits")?;
    let wanted = arguments.text("unit")?.and_then(|unit| unit.chars().next());
    let size = f64::try_from(value.clone()).map_err(|_| failed("`human_readable` needs a number"))?;
    let base = if is_bits { "bits" } else { "Bytes" };
    let fits = |unit: &&char| match wanted {
        Some(wanted) => wanted.to_ascii_uppercase() == **unit,
        None => size_of(**unit).is_some_and(|least| size >= least),
    };
    let unit = UNITS.iter().find(fits).copied().unwrap_or('B');
    let number = size / size_of(unit).unwrap_or(1.0);
    Ok(match unit {
        'B' => format!("{number:.2} {base}"),
        unit => format!("{number:.2} {unit}{}", if is_bits { "b" } else { "B" }),
    }
    .into())
}

fn human_to_bytes(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let default = arguments.text("default_unit")?;
    let is_bits = arguments.flag("isbits")?;
    let text = python::text(value)?;
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let bad = || failed("a size is a number and a unit, such as `10 GB` or `512K`");
    let number: f64 = text[..end].parse().map_err(|_| bad())?;
    let unit = text[end..].trim();
    let unit = if unit.is_empty() { default.unwrap_or_default() } else { unit.to_owned() };
    let Some(letter) = unit.chars().next() else { return whole(number.round()) };
    let size = size_of(letter.to_ascii_uppercase()).ok_or_else(bad)?;
    let (small, long) = if is_bits { ("b", ["bit", "bits"]) } else { ("B", ["byte", "bytes"]) };
    let rest = &unit[letter.len_utf8()..];
    let is_known = rest.is_empty()
        || (letter.eq_ignore_ascii_case(&'B') && long.contains(&unit.to_lowercase().as_str()))
        || rest == small
        || long.contains(&rest.to_lowercase().as_str());
    if is_known { whole((number * size).round()) } else { Err(bad()) }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn whole(number: f64) -> Result<Value, Error> {
    if number.is_finite() { Ok((number as i64).into()) } else { Err(failed("the size is too large")) }
}

/// Jinja's own: powers of 1000, or of 1024.
fn filesizeformat(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let is_binary = arguments.flag("binary")?;
    let number = python::text(value)?.parse::<f64>().map_err(|_| failed("a size is a number"))?;
    let base: f64 = if is_binary { 1024.0 } else { 1000.0 };
    let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
    let prefixes =
        prefixes.map(|prefix| if is_binary { format!("{}iB", prefix.to_uppercase()) } else { format!("{prefix}B") });
    if (number - 1.0).abs() < f64::EPSILON {
        return Ok("1 Byte".into());
    }
    if number < base {
        return Ok(format!("{number:.0} Bytes").into());
    }
    let mut unit = base;
    for prefix in &prefixes {
        if number < unit * base {
            return Ok(format!("{:.1} {prefix}", number / unit).into());
        }
        unit *= base;
    }
    Ok(format!("{:.1} {}", number * base / unit, prefixes[7]).into())
}
