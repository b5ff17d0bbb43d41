//! JSON with places: what programs print, and files that are JSON.
//!
//! YAML would read nearly the same, but not `1e3`, which is a number here. A key that stands twice counts where it stands
//! last, as everywhere with JSON.

use std::{collections::HashMap, sync::Arc};

use super::{Key, Map, Marked, Node, Value};
use crate::{
    source::{Code, Diagnostic, Source, Span},
    vault::Encrypted,
};

/// Deepest nesting that is read, as for YAML.
const MAX_DEPTH: usize = 64;

/// Reads one value.
pub fn parse_json(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    let mut reader = Reader { source, at: 0 };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < source.text().len() { Err(reader.wrong("expected the end here")) } else { Ok(node) }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.source.text()[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, character: char) -> bool {
        self.space();
        let found = self.rest().starts_with(character);
        if found {
            self.at += character.len_utf8();
        }
        found
    }

    fn wrong(&self, label: &str) -> Diagnostic {
        let span = Span::new(self.source, self.at..self.at + 1);
        Diagnostic::new(Code::YamlSyntax, "this is not valid JSON", &span, label)
            .hint("look for a comma too many or too few, and for quotes")
    }

    fn value(&mut self, depth: usize) -> Result<Node, Diagnostic> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        self.space();
        let start = self.at;
        let value = match self.rest().chars().next() {
            Some('{') => self.map(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::String(self.text()?),
            Some(_) => self.word()?,
            None => return Err(self.wrong("expected a value, found the end")),
        };
        Ok(Node { value, span: Span::new(self.source, start..self.at) })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Diagnostic> {
        self.at += 1;
        let mut nodes = Vec::new();
        if self.take(']') {
            return Ok(Value::List(nodes.into()));
        }
        loop {
            nodes.push(self.value(depth + 1)?);
            if self.take(']') {
                return Ok(Value::List(nodes.into()));
            }
            if !self.take(',') {
                return Err(self.wrong("expected `,` or `]`"));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Diagnostic> {
        let start = self.at;
        self.at += 1;
        let (mut entries, mut places): (Vec<(Key, Node)>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
        if self.take('}') {
            return Ok(Value::Map(Map::default()));
        }
        loop {
            self.space();
            let at = self.at;
            if !self.rest().starts_with('"') {
                return Err(self.wrong("expected a key in double quotes"));
            }
            let key = Key { name: self.text()?, span: Span::new(self.source, at..self.at) };
            if !self.take(':') {
                return Err(self.wrong("expected `:`"));
            }
            let node = self.value(depth + 1)?;
            if let Some(&place) = places.get(&key.name) {
                entries[place] = (key, node);
            } else {
                places.insert(key.name.clone(), entries.len());
                entries.push((key, node));
            }
            if self.take('}') {
                let span = Span::new(self.source, start..self.at);
                return Ok(marked(&entries, &span).unwrap_or_else(|| Value::Map(entries.into_iter().collect())));
            }
            if !self.take(',') {
                return Err(self.wrong("expected `,` or `}`"));
            }
        }
    }

    fn text(&mut self) -> Result<String, Diagnostic> {
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find(|&(_, character)| {
            let is_end = character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            is_end
        });
        let Some((end, _)) = end else { return Err(self.wrong("this text has no end")) };
        let text = serde_json::from_str(&self.rest()[..=end]).map_err(|error| self.wrong(&error.to_string()))?;
        self.at += end + 1;
        Ok(text)
    }

    fn word(&mut self) -> Result<Value, Diagnostic> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let value = match serde_json::from_str(&rest[..end]) {
            Ok(serde_json::Value::Null) => Value::Null,
            Ok(serde_json::Value::Bool(value)) => Value::Bool(value),
            Ok(serde_json::Value::Number(number)) => {
                number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN)), Value::Int)
            }
            _ => return Err(self.wrong("expected a value")),
        };
        self.at += end;
        Ok(value)
    }
}

/// `{"__ansible_unsafe": "…"}` and `{"__ansible_vault": "…"}`, as Ansible writes them.
fn marked(entries: &[(Key, Node)], span: &Span) -> Option<Value> {
    let [(key, Node { value: Value::String(text), .. })] = entries else { return None };
    let marked = match key.name.as_str() {
        "__ansible_unsafe" => Marked::Unsafe(text.clone()),
        "__ansible_vault" => Marked::Vault(Encrypted::new(text.clone(), span.clone())),
        _ => return None,
    };
    Some(Value::Marked(Arc::new(marked)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Node, Diagnostic> {
        parse_json(&Source::new("hosts.json", text))
    }

    #[test]
    fn every_value_knows_its_place() {
        let node = read("{\"web\": {\"hosts\": [\"a\", \"b\"],\n \"n\": 1e3}}").unwrap();
        let web = node.as_map().unwrap().get("web").unwrap().as_map().unwrap();
        assert_eq!(web.get("hosts").unwrap().as_list().unwrap()[1].span.to_string(), "hosts.json:1:25");
        assert!(matches!(web.get("n").unwrap().value, Value::Float(number) if (number - 1000.0).abs() < 1e-9));
    }

    #[test]
    fn a_mistake_is_shown_at_its_place() {
        assert_eq!(read("{\"a\": 1,\n}").unwrap_err().labels()[0].0.line(), 2);
        assert_eq!(read("[1 2]").unwrap_err().labels()[0].0.column(), 4);
        assert!(read(&"[".repeat(1000)).is_err());
    }

    proptest! {
        #[test]
        fn what_serde_json_reads_is_read_alike(text in "[\\[\\]{},:\"a1e.\\\\ -]{0,16}") {
            let expected = serde_json::from_str::<serde_json::Value>(&text).ok();
            let found = read(&text).ok().map(|node| node.to_json());
            prop_assert_eq!(found, expected);
        }
    }
}
