//! Numbers.

use minijinja::{
    Error, filters,
    value::{Value, ValueKind},
};

use super::{
    super::{
        arguments::{Arguments, failed, items},
        python,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.keep("abs", filters::abs);
    registry.add(&[("int", int), ("float", float), ("round", round), ("log", log), ("pow", pow), ("root", root)]);
    registry.add(&[("random", random), ("shuffle", shuffle)]);
}

/// A whole number, or the default where it is none.
fn int(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let default = arguments.value("default")?.unwrap_or_else(|| Value::from(0));
    let base = arguments.int("base")?.unwrap_or(10);
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| failed("the base of a number is between 2 and 36"))?;
    Ok(match value.kind() {
        ValueKind::Bool => i64::from(value.is_true()).into(),
        ValueKind::Number if value.is_integer() => value.clone(),
        ValueKind::Number => truncated(f64::try_from(value.clone())?).map_or(default, Value::from),
        ValueKind::String => number(value.as_str().unwrap_or_default(), base).map_or(default, Value::from),
        _ => default,
    })
}

fn number(text: &str, base: u32) -> Option<i64> {
    let text = text.trim();
    let digits = match base {
        16 => text.strip_prefix("0x").unwrap_or(text),
        8 => text.strip_prefix("0o").unwrap_or(text),
        2 => text.strip_prefix("0b").unwrap_or(text),
        _ => text,
    };
    i64::from_str_radix(&digits.replace('_', ""), base).ok().or_else(|| truncated(text.parse().ok()?))
}

#[expect(clippy::cast_possible_truncation, reason = "cutting off is what it is for, and the cast saturates")]
fn truncated(number: f64) -> Option<i64> {
    number.is_finite().then(|| number.trunc() as i64)
}

/// A number with a point.
fn float(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let default = arguments.value("default")?.unwrap_or_else(|| Value::from(0.0));
    Ok(match value.kind() {
        ValueKind::Bool => f64::from(u8::from(value.is_true())).into(),
        ValueKind::Number => f64::try_from(value.clone())?.into(),
        ValueKind::String => value
            .as_str()
            .and_then(|text| text.trim().replace('_', "").parse::<f64>().ok())
            .map_or(default, Value::from),
        _ => default,
    })
}

/// Rounds a half to the even neighbour, as Python does.
fn round(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let precision = arguments.int("precision")?.unwrap_or(0);
    let method = arguments.text("method")?.unwrap_or_else(|| "common".to_owned());
    let number = f64::try_from(value.clone()).map_err(|_| failed("only numbers can be rounded"))?;
    let precision = i32::try_from(precision).map_err(|_| failed("that many digits there are not"))?;
    let scale = 10_f64.powi(precision);
    Ok(match method.as_str() {
        "ceil" => (number * scale).ceil() / scale,
        "floor" => (number * scale).floor() / scale,
        "common" if precision >= 0 => {
            // The text is rounded by the exact value of the number, a half to the even neighbour.
            let digits = usize::try_from(precision.min(300)).unwrap_or(0);
            format!("{number:.digits$}").parse().map_err(|_| failed("only numbers can be rounded"))?
        }
        "common" => (number * scale).round_ties_even() / scale,
        _ => return Err(failed("the method is `common`, `ceil` or `floor`")),
    }
    .into())
}

fn of(value: &Value) -> Result<f64, Error> {
    f64::try_from(value.clone()).map_err(|_| failed("expected a number"))
}

#[expect(clippy::float_cmp, reason = "10 and 2 are exact")]
fn log(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let base = arguments.value("base")?.map_or(Ok(std::f64::consts::E), |base| of(&base))?;
    let number = of(value)?;
    if number <= 0.0 {
        return Err(failed("only positive numbers have a logarithm"));
    }
    Ok(if base == 10.0 { number.log10() } else { number.ln() / base.ln() }.into())
}

fn pow(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    Ok(of(value)?.powf(of(&arguments.required("y")?)?).into())
}

#[expect(clippy::float_cmp, reason = "2 is exact")]
fn root(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let base = arguments.value("base")?.map_or(Ok(2.0), |base| of(&base))?;
    let number = of(value)?;
    Ok(if base == 2.0 { number.sqrt() } else { number.powf(1.0 / base) }.into())
}

/// A number below another one, or one of a list. With a seed it is always the same one, and not the one that Python
/// would take.
fn random(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let start = arguments.int("start")?.unwrap_or(0);
    let step = arguments.int("step")?.unwrap_or(1).max(1);
    let mut dice = Dice::new(arguments.value("seed")?.as_ref())?;
    if let Some(end) = value.as_i64() {
        let count = end.saturating_sub(start).saturating_add(step - 1) / step;
        let count = usize::try_from(count).ok().filter(|count| *count > 0);
        let count = count.ok_or_else(|| failed("there is no number in this range"))?;
        return Ok((start + step * i64::try_from(dice.below(count)).unwrap_or(0)).into());
    }
    let items = items(value)?;
    if items.is_empty() {
        Err(failed("there is nothing in the list"))
    } else {
        Ok(items[dice.below(items.len())].clone())
    }
}

/// A list in another order.
fn shuffle(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let mut dice = Dice::new(arguments.value("seed")?.as_ref())?;
    let mut items = items(value)?;
    for last in (1..items.len()).rev() {
        items.swap(last, dice.below(last + 1));
    }
    Ok(items.into())
}

/// Numbers that nobody needs to be secret.
struct Dice(u64);

impl Dice {
    fn new(seed: Option<&Value>) -> Result<Self, Error> {
        use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
        let Some(seed) = seed.filter(|seed| !seed.is_none()) else {
            return Ok(Self(RandomState::new().hash_one(0)));
        };
        let mut hasher = DefaultHasher::new();
        hasher.write(python::text(seed)?.as_bytes());
        Ok(Self(hasher.finish()))
    }

    /// `SplitMix64`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (end as u64)).unwrap_or(0)
    }
}
