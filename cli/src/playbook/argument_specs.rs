//! What a role says of its arguments (`meta/argument_specs.yml`): a task before the role's own, as in Ansible.

use std::path::Path;

use super::role::existing;
use crate::{
    source::Diagnostic,
    yaml::{self, Key, Map, Node, Value},
};

/// The task that looks at the arguments before the tasks of this file of the role; `None` where the role says nothing of
/// them.
pub(super) fn validation(folder: &Path, tasks: &str) -> Result<Option<Node>, Diagnostic> {
    let meta = folder.join("meta");
    let Some(path) = existing(&meta, "argument_specs").or_else(|| existing(&meta, "main")) else { return Ok(None) };
    let file = yaml::parse_file(&path)?;
    let get = |node: &Node, name: &str| {
        node.as_map().ok().and_then(|map| map.get(name)).filter(|node| !node.is_null()).cloned()
    };
    let Some(entry) = get(&file, "argument_specs").and_then(|specs| get(&specs, tasks)) else { return Ok(None) };
    let options = get(&entry, "options").unwrap_or_else(|| Node { value: Value::Map(Map::default()), ..entry.clone() });
    options.as_map()?;
    let about = get(&entry, "short_description").and_then(|text| text.to_text().ok());
    let about = about.map(|text| format!(" - {text}")).unwrap_or_default();
    let text = |text: &str| Node { value: Value::String(text.to_owned()), span: entry.span.clone() };
    let map = |entries: Vec<(&str, Node)>| {
        let key = |name: &str| Key { name: name.to_owned(), span: entry.span.clone() };
        let map = entries.into_iter().map(|(name, node)| (key(name), node)).collect();
        Node { value: Value::Map(map), span: entry.span.clone() }
    };
    Ok(Some(map(vec![
        ("name", text(&format!("Validating arguments against arg spec '{tasks}'{about}"))),
        ("validate_argument_spec", map(vec![("argument_spec", options)])),
        ("tags", text("always")),
    ])))
}
