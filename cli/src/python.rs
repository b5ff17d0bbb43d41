//! Numbers and text as Python's `repr` writes them, since that is what Ansible shows.

use std::fmt::Write;

/// The shortest digits that are the same number, with an exponent where Python writes one.
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return (if number > 0.0 { "inf" } else { "-inf" }).to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the format has an exponent");
    let power: i32 = exponent.parse().expect("the exponent is a number");
    if (-4..16).contains(&power) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    format!("{mantissa}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

/// Text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\\' => quoted.push_str("\\\\"),
            _ if character == quote => quoted.extend(['\\', quote]),
            // What Python takes for printable, as far as ISO 8859-1 goes.
            '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' => {
                write!(quoted, "\\x{:02x}", u32::from(character)).expect("text can be written to");
            }
            _ => quoted.push(character),
        }
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_an_exponent_where_python_writes_one() {
        let written =
            [1.0, 1e15, 1e16, 1e20, 1.5e300, 0.0001, 0.00001, -2.5e-7, f64::NAN, f64::NEG_INFINITY].map(float);
        let expected =
            ["1.0", "1000000000000000.0", "1e+16", "1e+20", "1.5e+300", "0.0001", "1e-05", "-2.5e-07", "nan", "-inf"];
        assert_eq!(written, expected);
    }

    #[test]
    fn text_is_in_the_quotes_that_it_does_not_have() {
        let written = ["it's", "a\"b", "both ' and \"", "a\n\t\\\u{1b}\u{a0}é"].map(quoted);
        assert_eq!(written, ["\"it's\"", "'a\"b'", "'both \\' and \"'", "'a\\n\\t\\\\\\x1b\\xa0é'"]);
    }
}
