//! What a plain scalar means.
//!
//! The core schema of YAML 1.2, with the spellings of YAML 1.1 for truth values that Ansible's users write.

use super::Value;

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

/// Decimal, `0x`, `0o`, and octal with a leading zero as YAML 1.1 has it (`mode: 0644`).
fn int(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.contains(['-', '+']) {
        return None;
    }
    let magnitude = if let Some(hex) = digits.strip_prefix("0x") {
        i64::from_str_radix(hex, 16)
    } else if let Some(octal) = digits.strip_prefix("0o") {
        i64::from_str_radix(octal, 8)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8)
    } else {
        digits.parse()
    };
    magnitude.ok().and_then(|magnitude| magnitude.checked_mul(sign))
}

fn float(text: &str) -> Option<f64> {
    let numeric = text.contains(|c: char| c.is_ascii_digit())
        && text.contains('.')
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    numeric.then(|| text.parse().ok()).flatten()
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
        assert!(matches!(plain("2026-11-23"), Value::String(_)));
        assert!(matches!(plain("-"), Value::String(_)));
    }
}
