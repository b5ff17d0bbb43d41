//! What a plain scalar means.
//!
//! The types of YAML 1.1, by the expressions that `PyYAML` resolves them with, since that is what Ansible's users know:
//! `yes` is true, `0644` is octal, `1_000` a thousand, and `1:30` is ninety.

use super::{Key, Node, Value};

/// What a scalar without quotes means.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Value::Bool(false),
        _ => {}
    }
    if let Some(number) = int(text) {
        return Value::Int(number);
    }
    float(text).map_or_else(|| Value::String(text.to_owned()), Value::Float)
}

/// Whether a scalar, as it is written, is text: it has quotes, or means nothing else.
pub(crate) fn is_text(written: &str) -> bool {
    written.starts_with(['"', '\'', '&', '!', '*', '?'])
        || (matches!(plain(written), Value::String(_)) && super::timestamp::read(written).is_none())
}

/// A key as it was before it became text: `80:` is a number.
pub(crate) fn as_written(key: &Key) -> Node {
    let written = key.span.text();
    let value = match if is_text(written) { None } else { Some(plain(written)) } {
        Some(value @ (Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_))) => value,
        _ => Value::String(key.name.clone()),
    };
    Node { value, span: key.span.clone() }
}

/// What a scalar with one of YAML's own tags means; `None` where it does not go with the tag.
pub(super) fn tagged(tag: &str, text: &str) -> Option<Value> {
    let plain = plain(text.trim());
    match (tag, plain) {
        ("!!null", _) => Some(Value::Null),
        ("!!bool", value @ Value::Bool(_))
        | ("!!int", value @ Value::Int(_))
        | ("!!float", value @ Value::Float(_)) => Some(value),
        #[expect(clippy::cast_precision_loss, reason = "that is what the tag asks for")]
        ("!!float", Value::Int(number)) => Some(Value::Float(number as f64)),
        ("!!timestamp", _) => super::timestamp::read(text)?.ok(),
        _ => None,
    }
}

/// Whether text means itself without quotes, for `PyYAML`: also what lvsctl reads as text is quoted where it is a date there.
pub(crate) fn is_plain_text(text: &str) -> bool {
    matches!(plain(text), Value::String(_)) && !matches!(text, "<<" | "=") && !is_date(text) && !is_odd_number(text)
}

/// `2026-11-23`, and with a time.
fn is_date(text: &str) -> bool {
    let digits =
        |part: &str, lengths: &[usize]| lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, time) = rest.split_at(end);
    let is_day = |lengths: &[usize]| digits(year, &[4]) && digits(month, lengths) && digits(day, lengths);
    match time.chars().next() {
        None => is_day(&[2]),
        Some('T' | 't' | ' ' | '\t') => {
            let mut parts = time[1..].trim_start().splitn(3, ':');
            let hour = parts.next().is_some_and(|hour| digits(hour, &[1, 2]));
            is_day(&[1, 2])
                && hour
                && parts.next().is_some_and(|minute| digits(minute, &[2]))
                && parts.next().is_some_and(|second| second.get(..2).is_some_and(|second| digits(second, &[2])))
        }
        Some(_) => false,
    }
}

/// A number that is none for lvsctl, and is written in quotes all the same: `0b_`, `1:30.5`, `99999999999999999999`.
fn is_odd_number(text: &str) -> bool {
    let (_, digits) = signed(text);
    let all = |digits: &str, known: &str| !digits.is_empty() && digits.chars().all(|c| known.contains(c) || c == '_');
    let first = digits.starts_with(|c: char| c.is_ascii_digit());
    let is_sixties = |text: &str| {
        let mut parts = text.split(':');
        parts.next().is_some_and(|part| all(part, "0123456789"))
            && parts.clone().count() > 0
            && parts.all(|part| matches!(part.len(), 1 | 2) && all(part, "0123456789") && part < "60")
    };
    first
        && (all(digits, "0123456789") && (!digits.starts_with('0') || all(digits, "01234567"))
            || digits.split_once('.').is_some_and(|(whole, fraction)| {
                is_sixties(whole) && (fraction.is_empty() || all(fraction, "0123456789"))
            }))
}

/// Decimal, `0x`, `0b`, octal with a leading zero, and to the base of sixty.
fn int(text: &str) -> Option<i64> {
    let (negative, digits) = signed(text);
    let magnitude = if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)
    } else if let Some(octal) = digits.strip_prefix('0').filter(|octal| !octal.is_empty()) {
        radix(octal, 8)
    } else {
        sixties(digits)
    }?;
    if negative { magnitude.checked_neg() } else { Some(magnitude) }
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Digits with `_` between them.
fn radix(digits: &str, radix: u32) -> Option<i64> {
    let known = digits.chars().all(|c| c == '_' || c.is_digit(radix));
    known.then(|| i64::from_str_radix(&digits.replace('_', ""), radix).ok()).flatten()
}

/// `80`, `1:30` and `1:30:00`.
fn sixties(digits: &str) -> Option<i64> {
    let mut parts = digits.split(':');
    let first = parts.next().filter(|first| first.starts_with(|c: char| c.is_ascii_digit()))?;
    parts.try_fold(radix(first, 10)?, |number, part| {
        let part = Some(part).filter(|part| matches!(part.len(), 1 | 2)).and_then(|part| radix(part, 10))?;
        number.checked_mul(60)?.checked_add(part).filter(|_| part < 60)
    })
}

/// With a point; an exponent has a sign.
fn float(text: &str) -> Option<f64> {
    let (negative, magnitude) = signed(text);
    let value = match magnitude {
        ".inf" | ".Inf" | ".INF" => f64::INFINITY,
        ".nan" | ".NaN" | ".NAN" if magnitude == text => f64::NAN,
        _ => {
            let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
                Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+'])?)),
                None => (magnitude, None),
            };
            let (whole, fraction) = mantissa.split_once('.')?;
            if let (true, Some((_, part))) = (exponent.is_none(), whole.rsplit_once(':')) {
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
                let sixties = sixties(whole).filter(|_| part.len() <= 2 && digits(fraction))?;
                let fraction: f64 = format!("0.{}", fraction.replace('_', "")).parse().ok()?;
                #[expect(clippy::cast_precision_loss, reason = "such a number is small")]
                let value = sixties as f64 + fraction;
                return Some(if negative { -value } else { value });
            }
            let digits = |text: &str| text.chars().all(|c| c == '_' || c.is_ascii_digit());
            let starts = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
            let has_whole = starts(whole) || (whole.is_empty() && starts(fraction) && magnitude == text);
            let known =
                has_whole && digits(whole) && digits(fraction) && exponent.is_none_or(|e| starts(e) && digits(e));
            known.then(|| magnitude.replace('_', "").parse::<f64>().ok()).flatten()?
        }
    };
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_ansible_users_expect() {
        assert!(matches!(plain("yes"), Value::Bool(true)));
        assert!(matches!(plain("0644"), Value::Int(0o644)));
        assert!(matches!(plain("0"), Value::Int(0)));
        assert!(matches!(plain("-1"), Value::Int(-1)));
        assert!(matches!(plain("1.5"), Value::Float(_)));
        assert!(matches!(plain("203.0.113.168"), Value::String(_)));
        assert!(matches!(plain("-"), Value::String(_)));
    }

    #[test]
    fn numbers_are_read_as_pyyaml_reads_them() {
        let ints =
            [("0b11", 3), ("0x1F", 31), ("-010", -8), ("1_000", 1000), ("1:30", 90), ("190:20:30", 685_230), ("+5", 5)];
        for (text, number) in ints {
            assert!(matches!(plain(text), Value::Int(read) if read == number), "{text}");
        }
        for (text, number) in [("1.", 1.0), (".5", 0.5), ("1.0e+3", 1000.0), ("1_0.5", 10.5)] {
            assert!(matches!(plain(text), Value::Float(read) if (read - number).abs() < 1e-9), "{text}");
        }
        assert!(matches!(plain("-.inf"), Value::Float(f64::NEG_INFINITY)));
        for text in
            ["0o17", "1e3", "1.0e3", "08", "0x", "0xZZ", "1:60", "1.2.3", "00:50:56:aa:bb:cc", "y", "_1", "+", "."]
        {
            assert!(matches!(plain(text), Value::String(_)), "{text}");
        }
    }
}
