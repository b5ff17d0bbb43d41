//! YAML.

use minijinja::{Error, value::Value};

use super::{
    super::{
        arguments::{Arguments, failed},
        python,
        pyyaml::{self, Style},
        value::to_value,
    },
    Registry,
};
use crate::{source::Source, yaml};

pub(super) fn register(registry: &mut Registry<'_>) {
    registry.add(&[("to_yaml", to_yaml), ("to_nice_yaml", to_nice_yaml)]);
    registry.add(&[("from_yaml", from_yaml), ("from_yaml_all", from_yaml_all)]);
}

fn to_yaml(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    write(value, None, arguments, 2, None)
}

fn to_nice_yaml(value: &Value, arguments: &mut Arguments) -> Result<Value, Error> {
    let indent = arguments.int("indent")?;
    write(value, indent, arguments, 4, Some(false))
}

fn write(
    value: &Value,
    given: Option<i64>,
    arguments: &Arguments,
    indent: usize,
    flow: Option<bool>,
) -> Result<Value, Error> {
    let named = |name: &str| Ok::<_, Error>(arguments.named(name)?.filter(|value| !value.is_none()));
    let number = |name: &str| match named(name)? {
        Some(number) => number.as_usize().map(Some).ok_or_else(|| failed(format!("`{name}` is a number"))),
        None => Ok(None),
    };
    let flag = |name: &str| Ok::<_, Error>(named(name)?.map(|flag| flag.is_true()));
    // PyYAML takes an indentation from 2 to 9, and a width of more than twice that.
    let given = given.and_then(|indent| usize::try_from(indent).ok()).or(number("indent")?);
    let indent = given.unwrap_or(indent);
    let indent = if (2..10).contains(&indent) { indent } else { 2 };
    let style = Style {
        indent,
        width: number("width")?.filter(|width| *width > indent * 2).unwrap_or(80),
        flow: flag("default_flow_style")?.or(flow),
        sort_keys: flag("sort_keys")?.unwrap_or(true),
        explicit_start: flag("explicit_start")?.unwrap_or(false),
    };
    pyyaml::dump(value, &style).map(Value::from)
}

fn from_yaml(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(value.clone());
    }
    read(&python::text(value)?)
}

fn read(text: &str) -> Result<Value, Error> {
    let node = yaml::parse(&Source::new("text", text)).map_err(|error| {
        let line = error.labels().first().map_or(1, |(place, _)| place.line());
        failed(format!("the text is not YAML that can be read, in its line {line}"))
    })?;
    Ok(to_value(&node))
}

/// Several documents, with `---` between them.
fn from_yaml_all(value: &Value, _: &mut Arguments) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Vec::<Value>::new().into());
    }
    let text = python::text(value)?;
    let (mut documents, mut current) = (Vec::new(), String::new());
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            if !current.trim().is_empty() {
                documents.push(read(&current)?);
            }
            current.clear();
        }
        current.push_str(line);
    }
    if !current.trim().is_empty() {
        documents.push(read(&current)?);
    }
    Ok(documents.into())
}
