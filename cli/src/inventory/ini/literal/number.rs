//! Numbers as Python writes them: other bases, underscores, exponents, imaginary ones.

use super::{Literal, Reader};

impl Reader<'_> {
    pub(super) fn number(&mut self) -> Option<Literal> {
        let rest = self.rest();
        let mut end = 0;
        let bytes = rest.as_bytes();
        while end < bytes.len() {
            let exponent =
                end > 0 && matches!(bytes[end - 1], b'e' | b'E') && !rest.starts_with("0x") && !rest.starts_with("0X");
            let part = bytes[end].is_ascii_alphanumeric() || matches!(bytes[end], b'_' | b'.');
            if !(part || exponent && matches!(bytes[end], b'+' | b'-')) {
                break;
            }
            end += 1;
        }
        let number = number(&rest[..end])?;
        self.at += end;
        Some(number)
    }
}

/// A number of Python's, without a sign.
fn number(text: &str) -> Option<Literal> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let digits = digits.strip_prefix('_').unwrap_or(digits);
            return i64::from_str_radix(&digits_of(digits, radix)?, radix).ok().map(Literal::Int);
        }
    }
    if let Some(imaginary) = lower.strip_suffix('j') {
        return float(imaginary).map(|imaginary| Literal::Complex(0.0, imaginary));
    }
    if lower.contains(['.', 'e']) {
        return float(&lower).map(Literal::Float);
    }
    let digits = digits_of(&lower, 10)?;
    let leads_with_zero = digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0');
    if leads_with_zero { None } else { digits.parse().ok().map(Literal::Int) }
}

/// With a point, an exponent, or neither.
fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) =
        text.split_once('e').map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let part = |digits: &str| if digits.is_empty() { Some(String::new()) } else { digits_of(digits, 10) };
    let mut number = format!("{}.{}", part(whole)?, part(fraction)?);
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let sign = if exponent.starts_with('-') { "-" } else { "" };
        number = format!("{number}e{sign}{}", digits_of(digits, 10)?);
    }
    number.parse().ok()
}

/// Digits without the underscores that may stand between them, one at a time.
fn digits_of(text: &str, radix: u32) -> Option<String> {
    let parts: Vec<&str> = text.split('_').collect();
    let known = parts.iter().all(|part| !part.is_empty() && part.chars().all(|digit| digit.is_digit(radix)));
    known.then(|| parts.concat())
}

/// As Python prints a complex number.
pub(super) fn complex(real: f64, imaginary: f64) -> String {
    let part = |number: f64| {
        let text = format!("{number:?}");
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if real == 0.0 {
        return format!("{}j", part(imaginary));
    }
    let sign = if imaginary < 0.0 { "" } else { "+" };
    format!("({}{sign}{}j)", part(real), part(imaginary))
}
