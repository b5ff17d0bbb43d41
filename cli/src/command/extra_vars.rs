//! Variables of the command line (`-e`): they win over all others.

use std::path::Path;

use crate::{
    inventory::Vars,
    source::{Code, Diagnostic, Source},
    yaml::{self, Node, Value},
};

/// Reads what was given, later ones over earlier ones: `name=value …`, a mapping as YAML or JSON, or `@FILE`.
pub(super) fn read(given: &[String]) -> Result<Vars, Diagnostic> {
    let mut vars = Vars::new();
    for text in given {
        let text = text.trim();
        if let Some(path) = text.strip_prefix('@') {
            vars.extend(mapping(&yaml::parse_file(Path::new(path))?)?);
        } else if text.starts_with('{') || text.starts_with('[') {
            vars.extend(mapping(&yaml::parse(&Source::new("-e", text))?)?);
        } else {
            vars.extend(words(text)?);
        }
    }
    Ok(vars)
}

fn mapping(node: &Node) -> Result<Vars, Diagnostic> {
    if node.is_null() {
        return Ok(Vars::new());
    }
    let map = node.as_map().map_err(|error| error.hint("variables are a mapping: names and values"))?;
    Ok(map.iter().map(|(key, node)| (key.name.clone(), node.clone())).collect())
}

/// `name=value`, several with spaces between them; as in Ansible, the values are text.
fn words(text: &str) -> Result<Vars, Diagnostic> {
    let source = Source::new("-e", text);
    let span = crate::source::Span::new(&source, 0..text.len());
    let node = Node { value: Value::String(text.to_owned()), span };
    let map = crate::module::words_of(&node, text).map_err(|error| {
        Diagnostic::new(Code::WrongValue, error.title(), &node.span, "")
            .hint("write `-e name=value`, `-e '{name: value}'`, or `-e @FILE`")
    })?;
    mapping(&Node { value: Value::Map(map), span: node.span.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(given: &[&str]) -> String {
        let given: Vec<String> = given.iter().map(|&text| text.to_owned()).collect();
        let vars = read(&given).unwrap();
        vars.iter().map(|(name, node)| format!("{name}={}", node.to_json())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn variables_are_words_or_a_mapping_and_later_ones_win() {
        assert_eq!(shown(&["a=1 b='x y'"]), r#"a="1" b="x y""#);
        assert_eq!(shown(&["a=1", "{a: 2, c: [1]}"]), "a=2 c=[1]");
        assert!(read(&["nothing".to_owned()]).is_err());
    }
}
