//! From text to values with places.

use std::{collections::HashMap, path::Path, sync::Arc};

use granit_parser::{Event, Parser, ScalarStyle};

use super::{Key, Node, Value, scalar};
use crate::source::{Code, Diagnostic, Source, Span};

/// Deepest nesting that is read. The parser's own stack is not the program's, but the reader here is recursive.
const MAX_DEPTH: usize = 64;

/// Most values that one file may have once its aliases are expanded: a "billion laughs" ends here.
const MAX_NODES: usize = 4_000_000;

/// Reads a file.
pub fn parse_file(path: &Path) -> Result<Node, Diagnostic> {
    parse(&Source::read(path)?)
}

/// Reads one document. An empty file is null.
pub fn parse(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    let mut reader = Reader { source, parser: Parser::new_from_str(source.text()), anchors: HashMap::new(), nodes: 0 };
    let mut document = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            _ if document.is_some() => {
                return Err(Diagnostic::new(Code::UnsupportedYaml, "more than one document in a file", &span, "")
                    .hint("put the second document into a file of its own"));
            }
            event => document = Some(reader.node(event, span, 0)?.0),
        }
    }
    Ok(document.unwrap_or_else(|| Node { value: Value::Null, span: Span::whole(source) }))
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// Values with an anchor, each with the number of values in it.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    /// The next event that is not a comment.
    fn next(&mut self) -> Result<(Event<'a>, Span), Diagnostic> {
        loop {
            match self.parser.next_event() {
                None => return Ok((Event::StreamEnd, Span::whole(self.source))),
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => {
                    let range = span.byte_range().unwrap_or_default();
                    return Ok((event, Span::new(self.source, range)));
                }
                Some(Err(error)) => {
                    let at = error.marker().byte_offset().unwrap_or(self.source.text().len());
                    let span = Span::new(self.source, at..at + 1);
                    let what = error.info().clone();
                    return Err(Diagnostic::new(Code::YamlSyntax, "the file is not valid YAML", &span, what).hint(
                        "look at the indentation, at colons without a space after them, and at unclosed quotes",
                    ));
                }
            }
        }
    }

    /// The value that an event begins, with the number of values in it.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(Node, usize), Diagnostic> {
        if depth > MAX_DEPTH {
            return Err(too_much(&span, format!("values are nested deeper than {MAX_DEPTH}")));
        }
        if let Some(tag) = event.tag()
            && !tag.is_yaml_core_schema()
        {
            let title = format!("the tag `{}` is not supported", tag.original());
            let diagnostic = Diagnostic::new(Code::UnsupportedYaml, title, &span, "");
            return Err(match tag.original().as_str() {
                "!vault" => diagnostic.hint("decrypt the value first: `ansible-vault decrypt`"),
                _ => diagnostic,
            });
        }
        let anchor = event.anchor_id().filter(|_| !event.is_alias());
        self.count(1, &span)?;
        let (node, count) = match event {
            Event::Alias(id) => {
                let Some(count) = self.anchors.get(&id).map(|(_, count)| *count) else {
                    return Err(Diagnostic::new(Code::YamlSyntax, "an alias to a value that it is part of", &span, ""));
                };
                // Counted before it is copied: the copy is what a "billion laughs" would have us make.
                self.count(count, &span)?;
                self.anchors[&id].clone()
            }
            Event::Scalar(text, style, ..) => {
                let value = match style {
                    ScalarStyle::Plain => scalar::plain(&text),
                    _ => Value::String(text.into_owned()),
                };
                (Node { value, span }, 1)
            }
            Event::SequenceStart(..) => self.list(&span, depth)?,
            Event::MappingStart(..) => self.map(&span, depth)?,
            _ => return Err(Diagnostic::new(Code::YamlSyntax, "expected a value here", &span, "")),
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, (node.clone(), count));
        }
        Ok((node, count))
    }

    fn list(&mut self, span: &Span, depth: usize) -> Result<(Node, usize), Diagnostic> {
        let (mut nodes, mut total) = (Vec::new(), 1);
        loop {
            let (event, at) = self.next()?;
            if let Event::SequenceEnd = event {
                return Ok((Node { value: Value::List(nodes.into()), span: self.cover(span, &at) }, total));
            }
            let (node, count) = self.node(event, at, depth + 1)?;
            nodes.push(node);
            total += count;
        }
    }

    fn map(&mut self, span: &Span, depth: usize) -> Result<(Node, usize), Diagnostic> {
        let (mut entries, mut places, mut total) = (Vec::new(), HashMap::new(), 1);
        let mut merged = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if let Event::MappingEnd = event {
                for node in &merged {
                    merge(&mut entries, &mut places, node)?;
                }
                let map = entries.into_iter().collect();
                return Ok((Node { value: Value::Map(map), span: self.cover(span, &at) }, total));
            }
            let is_merge = matches!(event.scalar(), Some(("<<", ScalarStyle::Plain)));
            let (key, _) = self.node(event, at, depth + 1)?;
            let (event, at) = self.next()?;
            let (node, count) = self.node(event, at, depth + 1)?;
            total += count;
            if is_merge {
                merged.push(node);
                continue;
            }
            let key = key_of(key)?;
            if let Some(first) = places.insert(key.name.clone(), key.span.clone()) {
                let title = format!("the key `{}` stands twice in one mapping", key.name);
                return Err(Diagnostic::new(Code::DuplicateKey, title, &key.span, "the second time")
                    .also(&first, "the first time")
                    .hint("only one of them can hold; remove the other"));
            }
            entries.push((key, node));
        }
    }

    fn cover(&self, start: &Span, end: &Span) -> Span {
        let range = start.range().start..end.range().end.max(start.range().end);
        let text = &self.source.text()[range.clone()];
        Span::new(self.source, range.start..range.start + text.trim_end().len())
    }

    fn count(&mut self, nodes: usize, span: &Span) -> Result<(), Diagnostic> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(too_much(span, format!("more than {MAX_NODES} values, with all aliases expanded")));
        }
        Ok(())
    }
}

fn too_much(span: &Span, title: String) -> Diagnostic {
    Diagnostic::new(Code::UnsupportedYaml, title, span, "")
}

/// A key is text. What YAML reads as something else is taken as written: `80:` and `yes:` are "80" and "yes".
fn key_of(node: Node) -> Result<Key, Diagnostic> {
    let name = match node.value {
        Value::String(text) => text,
        Value::Null | Value::List(_) | Value::Map(_) => return Err(node.wrong_type("a key that is text")),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => node.span.text().to_owned(),
    };
    Ok(Key { name, span: node.span })
}

/// `<<: *anchor` and `<<: [*a, *b]`: keys that the mapping does not have itself; earlier ones win.
fn merge(entries: &mut Vec<(Key, Node)>, places: &mut HashMap<String, Span>, from: &Node) -> Result<(), Diagnostic> {
    for node in from.as_list_or_one() {
        for (key, value) in node.as_map()?.iter() {
            if !places.contains_key(&key.name) {
                places.insert(key.name.clone(), key.span.clone());
                entries.push((key.clone(), value.clone()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn read(text: &str) -> Result<Node, Diagnostic> {
        parse(&Source::new("test.yml", text))
    }

    #[test]
    fn every_value_knows_its_place() {
        let node = read("all:\n  vars:\n    vip: 10.0.0.1\n").unwrap();
        let vip = node.as_map().unwrap().get("all").unwrap().as_map().unwrap().get("vars").unwrap();
        let vip = vip.as_map().unwrap().get("vip").unwrap();
        assert_eq!(vip.span.to_string(), "test.yml:3:10");
        assert_eq!(vip.span.text(), "10.0.0.1");
    }

    #[test]
    fn a_key_that_stands_twice_is_a_mistake_at_the_second_place() {
        let error = read("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(error.code(), Code::DuplicateKey);
        assert_eq!(error.labels()[0].0.line(), 3);
        assert_eq!(error.labels()[1].0.line(), 1);
    }

    #[test]
    fn merge_keys_and_aliases_are_expanded() {
        let node = read("base: &b { port: 80, weight: 1 }\nweb: { <<: *b, weight: 3 }\n").unwrap();
        assert_eq!(node.to_json()["web"], serde_json::json!({ "weight": 3, "port": 80 }));
    }

    #[test]
    fn a_billion_laughs_end_early() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            writeln!(text, "a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", ")).unwrap();
        }
        assert_eq!(read(&text).unwrap_err().code(), Code::UnsupportedYaml);
    }

    #[test]
    fn syntax_errors_have_a_place() {
        let error = read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert_eq!(error.code(), Code::YamlSyntax);
        assert!(error.labels()[0].0.line() >= 2);
    }
}
