//! Writing plain data as YAML that means the same to every reader.
//!
//! Libraries of YAML 1.2 write the text `no` without quotes, and `1:30` and `2001:10:20:30:40:50:1:2`, too. To Ansible
//! and to [`parse`](super::parse), which read YAML 1.1, these are false and numbers to the base of sixty. So text goes
//! without quotes only where [`scalar`](super::scalar) says that it is text.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Number, Value as Json};

use super::{Value, scalar};

/// The value in block style, ended by a newline.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    let value = serde_json::to_value(value)?;
    match &value {
        Json::Object(_) | Json::Array(_) => block(&mut text, &value, 0),
        _ => leaf(&mut text, &value, 0),
    }
    Ok(text)
}

/// The entries of a list or a mapping, the first where the text ends and the others below it.
fn block(text: &mut String, value: &Json, column: usize) {
    let next = |text: &mut String, first: bool| {
        if !first {
            text.push_str(&" ".repeat(column));
        }
    };
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (place, (key, value)) in map.iter().enumerate() {
                next(text, place == 0);
                line(text, key);
                text.push(':');
                match value {
                    Json::Object(inner) if !inner.is_empty() => below(text, value, column + 2),
                    Json::Array(inner) if !inner.is_empty() => below(text, value, column),
                    _ => {
                        text.push(' ');
                        leaf(text, value, column);
                    }
                }
            }
        }
        Json::Array(list) if !list.is_empty() => {
            for (place, value) in list.iter().enumerate() {
                next(text, place == 0);
                text.push_str("- ");
                block(text, value, column + 2);
            }
        }
        // What stands in a list may be indented as far as its dash.
        _ => leaf(text, value, column.saturating_sub(2)),
    }
}

fn below(text: &mut String, value: &Json, column: usize) {
    text.push('\n');
    text.push_str(&" ".repeat(column));
    block(text, value, column);
}

/// What has no entries, and the newline behind it. `column` is that of what it belongs to.
fn leaf(text: &mut String, value: &Json, column: usize) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Json::Number(value) => number(text, value),
        Json::String(value) if is_literal(value) => return literal(text, value, column + 2),
        Json::String(value) => line(text, value),
        Json::Array(_) => text.push_str("[]"),
        Json::Object(_) => text.push_str("{}"),
    }
    text.push('\n');
}

/// An exponent has a sign, and what is before it a point: YAML 1.1 has no other numbers with one.
fn number(text: &mut String, number: &Number) {
    let shown = number.to_string();
    match shown.split_once('e') {
        None => text.push_str(&shown),
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{mantissa}{point}e{sign}{exponent}");
        }
    }
}

/// Text on one line: without quotes, in single ones, or with escapes in double ones.
fn line(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
    } else if value.chars().all(is_printable) {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    } else {
        text.push('"');
        for character in value.chars() {
            let _ = match character {
                '"' | '\\' => write!(text, "\\{character}"),
                '\n' => write!(text, "\\n"),
                '\t' => write!(text, "\\t"),
                _ if is_printable(character) => write!(text, "{character}"),
                '\0'..='\u{ffff}' => write!(text, "\\u{:04x}", u32::from(character)),
                _ => write!(text, "\\U{:08x}", u32::from(character)),
            };
        }
        text.push('"');
    }
}

/// Several lines, as they are.
fn literal(text: &mut String, value: &str, column: usize) {
    text.push_str(if value.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in value.lines() {
        if !line.is_empty() {
            text.push_str(&" ".repeat(column));
            text.push_str(line);
        }
        text.push('\n');
    }
}

/// Whether text is what it looks like without quotes. A date is text here, and not to Ansible.
fn is_plain(value: &str) -> bool {
    let is_date = value.get(..5).is_some_and(|start| start.ends_with('-') && !start.contains(char::is_alphabetic));
    let starts = value.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '.' | '+' | '('));
    starts
        && !is_date
        && !value.ends_with([' ', ':'])
        && !["...", "="].contains(&value)
        && ![": ", " #"].iter().any(|mark| value.contains(mark))
        && value.chars().all(is_printable)
        && matches!(scalar::plain(value), Value::String(_))
}

/// Whether the lines of text can stand as they are: no blank decides about the indentation, no newline about the end.
fn is_literal(value: &str) -> bool {
    value.contains('\n')
        && !value.starts_with(|c: char| c.is_whitespace())
        && !value.ends_with("\n\n")
        && value.chars().all(|c| c == '\n' || is_printable(c))
        && value.lines().all(|line| line.is_empty() || !line.trim().is_empty())
}

/// Neither a control character nor a line break of another script nor what is no character at all.
fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{source::Source, yaml::parse};

    fn any_json() -> impl Strategy<Value = Json> {
        let odd = prop::sample::select(vec![
            "",
            " ",
            "no",
            "on",
            "~",
            "1:30",
            "0x1F",
            "1_000",
            "0644",
            "2026-11-23",
            "<<",
            "=",
            "- a",
            "a: b",
            "a #b",
            "'",
            "\"",
            "\\",
            "a\nb",
            "a\n\n",
            "\n",
            " a\nb",
            "a\n \nb",
            "\u{85}",
            "\u{feff}",
            "é",
            "%",
            "---",
            "...",
            "{{ x }}",
            "*a",
            "2001:10:20:30:40:50:1:2",
            ".5",
            ".inf",
            "1.0e+3",
            "null",
        ]);
        let text = prop_oneof![odd.prop_map(str::to_owned), ".{0,8}", "[ -~\n]{0,12}"];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            text.clone().prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map(text.clone(), inner, 0..4)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn text_that_would_be_something_else_is_quoted_and_the_rest_is_not() {
        let value = json!({
            "name": "web1.lan", "80": "no", "time": "1:30", "vip": "2001:10:20:30:40:50:1:2", "day": "2026-11-23",
            "list": [{ "a": 1, "b": [] }, ["x", "it's: y"], "two\nlines\n"], "none": {}, "big": 1e300,
            "odd": "\u{1b}[2J",
        });
        insta::assert_snapshot!(to_string(&value).unwrap(), @r#"
        name: web1.lan
        '80': 'no'
        time: '1:30'
        vip: '2001:10:20:30:40:50:1:2'
        day: '2026-11-23'
        list:
        - a: 1
          b: []
        - - x
          - 'it''s: y'
        - |
          two
          lines
        none: {}
        big: 1.0e+300
        odd: "\u001b[2J"
        "#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_json()) {
            let text = to_string(&value).unwrap();
            let read = parse(&Source::new("written.yml", text.as_str()));
            let read = read.unwrap_or_else(|mistake| panic!("{}\n{text}", mistake.title())).to_json();
            prop_assert_eq!(read, value, "{}", text);
        }
    }
}
