//! Python's `%`: `'%05.1f of %s' % (a, b)`, `'%(name)s' % mapping`; and of numbers.

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::super::{
    arguments::{failed, items},
    marker, python,
};

/// The filter [`super::super::rewrite::PERCENT`]: text is formatted, numbers are divided.
pub(super) fn percent(left: &Value, right: &Value) -> Result<Value, Error> {
    marker::check(left)?;
    marker::check(right)?;
    match left.as_str() {
        Some(text) => {
            let several = if right.is_tuple() { items(right)? } else { vec![right.clone()] };
            format(text, &several, Some(right)).map(Value::from)
        }
        None => modulo(left, right),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number with a point is as exact as it is")]
fn modulo(left: &Value, right: &Value) -> Result<Value, Error> {
    let is_number = |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    if !is_number(left) || !is_number(right) {
        return Err(failed(format!("`%` does not go with {} and {}", left.kind(), right.kind())));
    }
    let whole = |value: &Value| {
        i64::try_from(value.clone()).ok().filter(|_| value.kind() == ValueKind::Bool || value.is_integer())
    };
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        let remainder = a.checked_rem(b).ok_or_else(|| failed("division by zero"))?;
        return Ok(if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder }.into());
    }
    let number = |value: &Value| f64::try_from(value.clone()).unwrap_or_else(|_| value.as_i64().unwrap_or(0) as f64);
    let (a, b) = (number(left), number(right));
    if b == 0.0 {
        return Err(failed("division by zero"));
    }
    Ok((a - b * (a / b).floor()).into())
}

/// Formats text; `%(name)s` is looked up in the mapping.
pub(in crate::template) fn format(text: &str, values: &[Value], mapping: Option<&Value>) -> Result<String, Error> {
    let (mut out, mut rest, mut values, mut named) = (String::new(), text, values.iter(), false);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut value = None;
        if let Some(inside) = rest.strip_prefix('(') {
            let (name, after) = inside.split_once(')').ok_or_else(|| failed("`%(` has no `)`"))?;
            let found = mapping.and_then(|mapping| mapping.get_item(&Value::from(name)).ok());
            value = Some(
                found.filter(|value| !value.is_undefined()).ok_or_else(|| failed(format!("there is no `{name}`")))?,
            );
            (rest, named) = (after, true);
        }
        let mut next = || values.next().cloned().ok_or_else(|| failed("there are fewer values than places for them"));
        let spec = Spec::read(&mut rest, &mut next)?;
        let kind = rest.chars().next().ok_or_else(|| failed("the format ends after `%`"))?;
        rest = &rest[kind.len_utf8()..];
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = value.map_or_else(next, Ok)?;
        out.push_str(&spec.write(kind, &value)?);
        if out.len() > 1 << 24 {
            return Err(failed("the text gets too long"));
        }
    }
    out.push_str(rest);
    let is_mapping = mapping.is_some_and(|mapping| mapping.kind() == ValueKind::Map);
    if values.next().is_some() && !named && !is_mapping {
        return Err(failed("there are more values than places for them"));
    }
    Ok(out)
}

/// What stands between `%` and the letter.
#[derive(Default)]
struct Spec {
    flags: String,
    width: usize,
    precision: Option<usize>,
}

impl Spec {
    fn read(rest: &mut &str, next: &mut impl FnMut() -> Result<Value, Error>) -> Result<Self, Error> {
        let end = rest.find(|c| !"#0- +".contains(c)).unwrap_or(rest.len());
        let flags = rest[..end].to_owned();
        *rest = &rest[end..];
        let width = Self::number(rest, next)?.unwrap_or(0);
        let precision = match rest.strip_prefix('.') {
            Some(after) => {
                *rest = after;
                Some(Self::number(rest, next)?.unwrap_or(0))
            }
            None => None,
        };
        if width > 10_000 || precision.is_some_and(|precision| precision > 1_000) {
            return Err(failed("the field is too wide"));
        }
        Ok(Self { flags, width, precision })
    }

    fn number(rest: &mut &str, next: &mut impl FnMut() -> Result<Value, Error>) -> Result<Option<usize>, Error> {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            return next()?.as_usize().map(Some).ok_or_else(|| failed("`*` needs a whole number"));
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..end].parse().ok();
        *rest = &rest[end..];
        Ok(number)
    }

    fn write(&self, kind: char, value: &Value) -> Result<String, Error> {
        let has = |flag| self.flags.contains(flag);
        let cut = |text: String| match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        };
        let (is_negative, prefix, digits) = match kind {
            's' => return Ok(self.padded("", &cut(python::text(value)?), ' ')),
            'r' | 'a' => return Ok(self.padded("", &cut(python::representation(value)?), ' ')),
            'c' => return Ok(self.padded("", &python::text(value)?, ' ')),
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let number = whole(value)?;
                let (size, is_negative) = (number.unsigned_abs(), number < 0);
                let (prefix, digits) = match kind {
                    'x' => ("0x", format!("{size:x}")),
                    'X' => ("0X", format!("{size:X}")),
                    'o' => ("0o", format!("{size:o}")),
                    _ => ("", size.to_string()),
                };
                (is_negative, if has('#') { prefix } else { "" }, digits)
            }
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let number = f64::try_from(value.clone()).map_err(|_| failed(format!("`%{kind}` needs a number")))?;
                let digits = float(kind, number.abs(), self.precision.unwrap_or(6));
                (number.is_sign_negative(), "", digits)
            }
            _ => return Err(failed(format!("`%{kind}` is no format"))),
        };
        let sign = match is_negative {
            true => "-",
            false if has('+') => "+",
            false if has(' ') => " ",
            false => "",
        };
        Ok(self.padded(&format!("{sign}{prefix}"), &digits, if has('0') && !has('-') { '0' } else { ' ' }))
    }

    fn padded(&self, sign: &str, text: &str, fill: char) -> String {
        let missing = self.width.saturating_sub(sign.chars().count() + text.chars().count());
        let padding: String = std::iter::repeat_n(fill, missing).collect();
        match fill {
            _ if self.flags.contains('-') => format!("{sign}{text}{padding}"),
            '0' => format!("{sign}{padding}{text}"),
            _ => format!("{padding}{sign}{text}"),
        }
    }
}

fn whole(value: &Value) -> Result<i128, Error> {
    let number = i128::try_from(value.clone()).ok();
    #[expect(clippy::cast_possible_truncation, reason = "`%d` cuts off")]
    let cut = || f64::try_from(value.clone()).ok().map(|number| number.trunc() as i128);
    let is_number = matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    number.or_else(cut).filter(|_| is_number).ok_or_else(|| failed("`%d` needs a number"))
}

fn float(kind: char, number: f64, precision: usize) -> String {
    let exponential = |number: f64, precision: usize| {
        let text = format!("{number:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').expect("the format has an exponent");
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        format!("{mantissa}e{sign}{digits:0>2}")
    };
    let text = match kind.to_ascii_lowercase() {
        'f' => format!("{number:.precision$}"),
        'e' => exponential(number, precision),
        _ => {
            let significant = precision.max(1);
            let scientific = format!("{:.*e}", significant - 1, number);
            let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
            let plain = power >= -4 && usize::try_from(power.max(0)).is_ok_and(|power| power < significant);
            let digits = i32::try_from(significant).unwrap_or(6) - 1 - power;
            let text = if plain {
                format!("{number:.*}", usize::try_from(digits).unwrap_or(0))
            } else {
                exponential(number, significant - 1)
            };
            let (mantissa, exponent) = text.split_once('e').map_or((text.as_str(), None), |(m, e)| (m, Some(e)));
            let short =
                if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
            exponent.map_or_else(|| short.to_owned(), |exponent| format!("{short}e{exponent}"))
        }
    };
    if kind.is_ascii_uppercase() { text.to_uppercase() } else { text }
}
