//! Arguments of a role against what its `meta/argument_specs.yml` says of them, by the rules of Ansible's
//! `ArgumentSpecValidator`: a text that can be read as the type is of the type.

use std::collections::BTreeMap;

use crate::{
    playbook::is_variable,
    source::Span,
    yaml::{Map, Node, Value},
};

/// Texts that are `true` or `false` for an argument.
const BOOLEANS: [&str; 12] = ["y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"];

/// What is wrong with some values, a line each. A value that is not there is not among them.
pub(crate) fn errors(spec: &Map, values: &BTreeMap<String, Node>) -> Vec<String> {
    let mut found = Vec::new();
    check(spec, &|name| values.get(name), "", &mut found);
    found
}

/// The names that are asked for, with their places.
pub(crate) fn names(spec: &Map) -> impl Iterator<Item = (&str, &Span)> {
    spec.iter().map(|(key, _)| (key.name.as_str(), &key.span)).filter(|(name, _)| is_variable(name))
}

fn check<'a>(spec: &Map, get: &dyn Fn(&str) -> Option<&'a Node>, within: &str, found: &mut Vec<String>) {
    let is_given = |name: &str| get(name).is_some_and(|node| !node.is_null());
    let is_missing = |attributes: &Node, name: &str| is_true(attributes, "required") && !is_given(name);
    let missing = spec.iter().filter(|(key, attributes)| is_missing(attributes, &key.name));
    let missing: Vec<&str> = missing.map(|(key, _)| key.name.as_str()).collect();
    if !missing.is_empty() {
        found.push(format!("missing required arguments: {}{within}", missing.join(", ")));
    }
    for (key, attributes) in spec.iter() {
        if let Some(value) = get(&key.name).filter(|value| !value.is_null()) {
            argument(&key.name, attributes, value, within, found);
        }
    }
}

fn argument(name: &str, attributes: &Node, value: &Node, within: &str, found: &mut Vec<String>) {
    let kind = text(attributes, "type").unwrap_or_else(|| "str".to_owned());
    if !fits(&kind, value) {
        let is = value.value.kind();
        return found.push(format!("argument '{name}' is {is}, and cannot be converted to {kind}{within}"));
    }
    let parts = if kind == "list" { items(value) } else { vec![value.clone()] };
    if let Some(elements) = text(attributes, "elements").filter(|_| kind == "list")
        && let Some(wrong) = parts.iter().find(|part| !fits(&elements, part))
    {
        let is = wrong.value.kind();
        return found
            .push(format!("an element of argument '{name}' is {is}, and cannot be converted to {elements}{within}"));
    }
    let choices = entry(attributes, "choices").map(Node::as_list_or_one).unwrap_or_default();
    let is_chosen = |part: &Node| choices.iter().any(|choice| shown(choice) == shown(part));
    if let Some(wrong) = parts.iter().find(|part| !choices.is_empty() && !is_chosen(part)) {
        let choices: Vec<String> = choices.iter().map(shown).collect();
        found.push(format!("value of {name} must be one of: {}, got: {}{within}", choices.join(", "), shown(wrong)));
    }
    let Some(options) = entry(attributes, "options").and_then(|options| options.as_map().ok()) else { return };
    let within = format!(" found in {name}{}", within.replacen(" found in ", " of ", 1));
    for map in parts.iter().filter_map(|part| part.as_map().ok()) {
        let unknown: Vec<&str> =
            map.iter().map(|(key, _)| key.name.as_str()).filter(|name| options.get(name).is_none()).collect();
        if !unknown.is_empty() {
            found.push(format!("unsupported arguments: {}{within}", unknown.join(", ")));
        }
        check(options, &|name| map.get(name), &within, found);
    }
}

/// Whether a value is of a type, or can be read as it.
fn fits(kind: &str, node: &Node) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match (kind, &node.value) {
        ("int", Value::Float(number)) => number.fract() == 0.0,
        ("int", Value::String(text)) => number(text).is_some_and(|number| number.fract() == 0.0),
        ("float", Value::String(text)) => number(text).is_some(),
        ("int" | "float", value) => matches!(value, Value::Int(_) | Value::Float(_) | Value::Bool(_)),
        ("bool", Value::String(text)) => BOOLEANS.contains(&text.to_lowercase().as_str()),
        ("bool", Value::Int(number)) => matches!(number, 0 | 1),
        ("bool", value) => matches!(value, Value::Bool(_)),
        ("list", value) => !matches!(value, Value::Map(_)),
        ("dict", Value::String(text)) => text.trim_start().starts_with('{') || text.contains('='),
        ("dict", value) => matches!(value, Value::Map(_)),
        ("json" | "jsonarg", value) => matches!(value, Value::String(_) | Value::List(_) | Value::Map(_)),
        _ => true,
    }
}

/// A list; text with commas is one, and a number.
fn items(value: &Node) -> Vec<Node> {
    match &value.value {
        Value::List(nodes) => nodes.to_vec(),
        Value::String(text) => text.split(',').map(|part| value.with_json(part.into())).collect(),
        _ => vec![value.clone()],
    }
}

fn entry<'a>(attributes: &'a Node, name: &str) -> Option<&'a Node> {
    attributes.as_map().ok()?.get(name).filter(|node| !node.is_null())
}

fn text(attributes: &Node, name: &str) -> Option<String> {
    entry(attributes, name)?.to_text().ok()
}

fn is_true(attributes: &Node, name: &str) -> bool {
    entry(attributes, name).is_some_and(|node| matches!(node.as_bool(), Ok(true)))
}

fn shown(node: &Node) -> String {
    node.to_text().unwrap_or_else(|_| node.to_json().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Source, yaml};

    fn told(spec: &str, values: &str) -> Vec<String> {
        let read = |text: &str| yaml::parse(&Source::new("test.yml", text)).unwrap();
        let (spec, values) = (read(spec), read(values));
        let values = values.as_map().unwrap().iter().map(|(key, node)| (key.name.clone(), node.clone())).collect();
        errors(spec.as_map().unwrap(), &values)
    }

    #[test]
    fn a_value_that_can_be_read_as_its_type_is_of_it() {
        let spec =
            "{ i: { type: int }, b: { type: bool }, l: { type: list, elements: int }, s: {}, d: { type: dict } }";
        assert_eq!(told(spec, "{ i: '5', b: 'yes', l: '1,2', s: 4, d: { a: 1 } }"), Vec::<String>::new());
        assert_eq!(told(spec, "{ i: five, b: maybe, l: [1, x], d: [1] }").len(), 4);
    }

    #[test]
    fn what_is_missing_unknown_or_not_to_be_chosen_is_told_with_where_it_is() {
        let spec = "
a: { required: true }
c: { choices: [red, blue] }
s: { type: list, elements: dict, options: { port: { type: int, required: true }, deep: { type: dict, options: { x: { required: true } } } } }
";
        let told = told(spec, "{ c: green, s: [{ prt: 1 }, { port: 2, deep: {} }] }");
        let expected = [
            "missing required arguments: a",
            "value of c must be one of: red, blue, got: green",
            "unsupported arguments: prt found in s",
            "missing required arguments: port found in s",
            "missing required arguments: x found in deep of s",
        ];
        assert_eq!(told, expected);
    }
}
