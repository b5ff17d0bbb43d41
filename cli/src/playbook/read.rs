//! Reading the keywords that stand in plays, blocks and tasks alike.

use crate::{
    inventory::Vars,
    source::{Diagnostic, Span},
    yaml::{Map, Node},
};

/// A value that is there and not null.
pub(super) fn get<'a>(map: &'a Map, key: &str) -> Option<&'a Node> {
    map.get(key).filter(|node| !node.is_null())
}

/// The items of a list, or the one value that stands in its place.
pub(super) fn list<'a>(map: &'a Map, key: &str) -> &'a [Node] {
    get(map, key).map(Node::as_list_or_one).unwrap_or_default()
}

/// The `vars` of something.
pub(super) fn vars(map: &Map, found: &mut Vec<Diagnostic>) -> Vars {
    match get(map, "vars").map(mapping) {
        None => Vars::new(),
        Some(Ok(vars)) => vars,
        Some(Err(error)) => {
            found.push(error);
            Vars::new()
        }
    }
}

/// A mapping as variables.
pub(super) fn mapping(node: &Node) -> Result<Vars, Diagnostic> {
    let map = node.as_map().map_err(|error| error.hint("write each variable as `name: value`, without a dash"))?;
    Ok(map.iter().map(|(key, node)| (key.name.clone(), node.clone())).collect())
}

/// The `tags` of something: a list, or one text with commas.
pub(super) fn tags(map: &Map, found: &mut Vec<Diagnostic>) -> Vec<String> {
    let tags = texts(map, "tags", found);
    tags.iter().flat_map(|(tag, _)| tag.split(',')).map(|tag| tag.trim().to_owned()).collect()
}

/// A text or a list of texts, each with its place.
pub(super) fn texts(map: &Map, key: &str, found: &mut Vec<Diagnostic>) -> Vec<(String, Span)> {
    let mut texts = Vec::new();
    for node in list(map, key) {
        match node.to_text() {
            Ok(text) => texts.push((text, node.span.clone())),
            Err(error) => found.push(error),
        }
    }
    texts
}

/// One text that may be missing.
pub(super) fn text(map: &Map, key: &str, found: &mut Vec<Diagnostic>) -> Option<String> {
    match get(map, key)?.to_text() {
        Ok(text) => Some(text),
        Err(error) => {
            found.push(error);
            None
        }
    }
}

/// `true` or `false`, with no template.
pub(super) fn flag(map: &Map, key: &str, found: &mut Vec<Diagnostic>) -> Option<bool> {
    match get(map, key)?.as_bool() {
        Ok(value) => Some(value),
        Err(error) => {
            found.push(error.hint(format!("`{key}` takes `true` or `false` and no expression")));
            None
        }
    }
}

/// The items of a list that must be one.
pub(super) fn items<'a>(map: &'a Map, key: &str, found: &mut Vec<Diagnostic>) -> &'a [Node] {
    match get(map, key).map(Node::as_list) {
        None => &[],
        Some(Ok(items)) => items,
        Some(Err(error)) => {
            found.push(error.hint(format!("`{key}` is a list: `- name: …`")));
            &[]
        }
    }
}
