//! Shapes that many schemas share.

use serde_json::{Map, Value as Json, json};

/// Text with a template in it: it can become anything.
pub(super) fn template() -> Json {
    json!({ "type": "string", "pattern": "\\{\\{|\\{%" })
}

/// `true` or `false`, with YAML 1.1's words for them.
pub(super) fn flag() -> Json {
    json!({ "anyOf": [
        { "type": "boolean" },
        { "enum": ["yes", "no", "on", "off", "true", "false", "Yes", "No", "True", "False", 0, 1] },
        template(),
    ] })
}

/// One of some words.
pub(super) fn choice<'a>(words: impl IntoIterator<Item = &'a str>) -> Json {
    json!({ "anyOf": [{ "enum": words.into_iter().collect::<Vec<_>>() }, template()] })
}

/// A text, as YAML has it: a number is one, too.
pub(super) fn text() -> Json {
    json!({ "type": ["string", "number", "boolean"] })
}

/// A whole number.
pub(super) fn number() -> Json {
    json!({ "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^\\s*-?[0-9]+\\s*$" }, template()] })
}

/// Something, or a list of such.
pub(super) fn one_or_list(of: &Json) -> Json {
    json!({ "anyOf": [of, { "type": "array", "items": of }] })
}

/// A mapping with these keys and no others.
pub(super) fn mapping(keys: impl IntoIterator<Item = (String, Json)>) -> Json {
    json!({ "type": "object", "properties": Map::from_iter(keys), "additionalProperties": false })
}
