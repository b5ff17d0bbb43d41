//! JSON, as Python's `json` writes it.

use std::fmt::Write;

use minijinja::{
    Error,
    value::{Value, ValueKind},
};

use super::{
    super::{
        arguments::{Arguments, failed, items},
        python,
        value::from_json as from_text,
    },
    Registry,
};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("to_json", to_json), ("to_nice_json", to_nice_json), ("from_json", from_json), ("tojson", tojson)]);
}

/// How it is written.
struct Style {
    indent: Option<usize>,
    sort_keys: bool,
    ascii: bool,
    item: String,
    key: String,
}

impl Style {
    fn read(arguments: &mut Arguments, nice: bool) -> Result<Self, Error> {
        let indent = match arguments.named("indent")? {
            Some(indent) if indent.is_none() => None,
            Some(indent) => {
                Some(indent.as_usize().filter(|indent| *indent <= 100).ok_or_else(|| failed("`indent` is a number"))?)
            }
            None => nice.then_some(4),
        };
        let flag = |name, default| Ok::<_, Error>(arguments.named(name)?.map_or(default, |flag: Value| flag.is_true()));
        let (sort_keys, ascii) = (flag("sort_keys", nice)?, flag("ensure_ascii", true)?);
        let (mut item, mut key) = (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned());
        if let Some(separators) = arguments.named("separators")?.filter(|_| !nice) {
            item = python::text(&separators.get_item_by_index(0)?)?;
            key = python::text(&separators.get_item_by_index(1)?)?;
        }
        Ok(Self { indent, sort_keys, ascii, item, key })
    }

    fn line(&self, out: &mut String, depth: usize) {
        if let Some(indent) = self.indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * depth));
        }
    }

    fn write(&self, out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > 64 {
            return Err(failed("the value is nested too deeply"));
        }
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => match python::text(value)?.as_str() {
                "nan" => out.push_str("NaN"),
                "inf" => out.push_str("Infinity"),
                "-inf" => out.push_str("-Infinity"),
                number => out.push_str(number),
            },
            ValueKind::Seq | ValueKind::Iterable => {
                let items = items(value)?;
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(&self.item);
                    }
                    self.line(out, depth + 1);
                    self.write(out, item, depth + 1)?;
                }
                if !items.is_empty() {
                    self.line(out, depth);
                }
                out.push(']');
            }
            ValueKind::Map => {
                let mut keys = items(value)?
                    .into_iter()
                    .map(|key| Ok((key_text(&key)?, key)))
                    .collect::<Result<Vec<_>, Error>>()?;
                if self.sort_keys {
                    keys.sort_by(|(a, _), (b, _)| a.cmp(b));
                }
                out.push('{');
                for (index, (text, key)) in keys.iter().enumerate() {
                    if index > 0 {
                        out.push_str(&self.item);
                    }
                    self.line(out, depth + 1);
                    self.text(out, text);
                    out.push_str(&self.key);
                    self.write(out, &value.get_item(key)?, depth + 1)?;
                }
                if !keys.is_empty() {
                    self.line(out, depth);
                }
                out.push('}');
            }
            _ => self.text(out, &python::text(value)?),
        }
        Ok(())
    }

    fn text(&self, out: &mut String, text: &str) {
        out.push('"');
        for character in text.chars() {
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                _ if character < ' ' || (self.ascii && !character.is_ascii()) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}").expect("text can be written to");
                    }
                }
                _ => out.push(character),
            }
        }
        out.push('"');
    }
}

fn key_text(key: &Value) -> Result<String, Error> {
    Ok(match key.kind() {
        ValueKind::None => "null".to_owned(),
        ValueKind::Bool => key.is_true().to_string(),
        _ => python::text(key)?,
    })
}

fn written(value: &Value, style: &Style) -> Result<String, Error> {
    let mut out = String::new();
    style.write(&mut out, value, 0)?;
    Ok(out)
}

fn to_json(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    written(value, &Style::read(arguments, false)?).map(Value::from)
}

fn to_nice_json(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let indent = arguments.value("indent")?;
    let mut style = Style::read(arguments, true)?;
    if let Some(indent) = indent {
        style.indent =
            Some(indent.as_usize().filter(|indent| *indent <= 100).ok_or_else(|| failed("`indent` is a number"))?);
    }
    written(value, &style).map(Value::from)
}

/// Jinja's own, for text in a page.
fn tojson(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let mut style = Style::read(arguments, false)?;
    style.sort_keys = true;
    let text = written(value, &style)?;
    let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
    Ok(text.into())
}

fn from_json(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    let json: serde_json::Value = serde_json::from_str(&python::text(value)?)
        .map_err(|error| failed(format!("the text is not JSON: line {}, column {}", error.line(), error.column())))?;
    Ok(from_text(&json))
}
