//! From text to values with places.

use std::{collections::HashMap, path::Path, sync::Arc};

use granit_parser::{Event, Parser, ScalarStyle};

use super::{Key, Map, Marked, Node, Value, scalar, timestamp};
use crate::{
    source::{Code, Diagnostic, Source, Span},
    vault::{self, Encrypted},
};

/// Deepest nesting that is read. The parser's own stack is not the program's, but the reader here is recursive.
const MAX_DEPTH: usize = 64;

/// Tags that are known. `!` alone makes a value text, as quotes do.
const TAGS: [&str; 15] = [
    "!unsafe",
    "!vault",
    "!vault-encrypted",
    "!!binary",
    "!!bool",
    "!!float",
    "!!int",
    "!!map",
    "!!null",
    "!!omap",
    "!!pairs",
    "!!seq",
    "!!set",
    "!!str",
    "!!timestamp",
];

/// Most values that one file may have once its aliases are expanded: a "billion laughs" ends here.
const MAX_NODES: usize = 4_000_000;

/// Reads a file, which may be encrypted.
pub fn parse_file(path: &Path) -> Result<Node, Diagnostic> {
    let source = vault::read(path)?;
    let node = parse(&source)?;
    if source.is_secret() {
        vault::keep_secret(&node);
    }
    Ok(node)
}

/// Reads one document. An empty file is null.
pub fn parse(source: &Arc<Source>) -> Result<Node, Diagnostic> {
    let mut doubts = Vec::new();
    let node = document(source, Keys::AsWritten, &mut doubts)?;
    doubts.into_iter().next().map_or(Ok(node), Err)
}

/// Reads one document with variables, as Ansible does: of a key that stands twice, the last counts, and that is only
/// doubtful; a key that is no text, as `yes` and `0644` are none, becomes the text that it has in JSON.
pub fn parse_leniently(source: &Arc<Source>, doubts: &mut Vec<Diagnostic>) -> Result<Node, Diagnostic> {
    document(source, Keys::AsInJson, doubts)
}

/// What becomes of a key that is no text.
#[derive(Clone, Copy)]
enum Keys {
    /// In a playbook, where keys are words: `on`.
    AsWritten,
    /// Among variables.
    AsInJson,
}

fn document(source: &Arc<Source>, keys: Keys, doubts: &mut Vec<Diagnostic>) -> Result<Node, Diagnostic> {
    let parser = Parser::new_from_str(source.text());
    let mut reader = Reader { source, parser, anchors: HashMap::new(), nodes: 0, unsafe_depth: 0, keys, doubts };
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
    /// How many of the values around are `!unsafe`.
    unsafe_depth: usize,
    keys: Keys,
    doubts: &'a mut Vec<Diagnostic>,
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
                    let hint = syntax_hint(&what);
                    return Err(Diagnostic::new(Code::YamlSyntax, "the file is not valid YAML", &span, what).hint(hint));
                }
            }
        }
    }

    /// The value that an event begins, with the number of values in it.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(Node, usize), Diagnostic> {
        if depth > MAX_DEPTH {
            return Err(too_much(&span, format!("values are nested deeper than {MAX_DEPTH}")));
        }
        let tag = event.tag().map(granit_parser::Tag::original);
        let tag = tag.as_deref().filter(|tag| *tag != "!");
        if let Some(tag) = tag.filter(|tag| !TAGS.contains(tag)) {
            let title = format!("the tag `{tag}` is not supported");
            return Err(Diagnostic::new(Code::UnsupportedYaml, title, &span, "")
                .hint("`!unsafe`, `!vault` and YAML's own tags are known: `!!str`, `!!int`, `!!float`, `!!bool`"));
        }
        let is_unsafe = tag == Some("!unsafe");
        self.unsafe_depth += usize::from(is_unsafe);
        let node = self.untagged(event, tag, span, depth);
        self.unsafe_depth -= usize::from(is_unsafe);
        node
    }

    fn untagged(
        &mut self,
        event: Event<'a>,
        tag: Option<&str>,
        span: Span,
        depth: usize,
    ) -> Result<(Node, usize), Diagnostic> {
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
                let value = self.scalar(&text, style == ScalarStyle::Plain, tag, &span)?;
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

    fn scalar(&self, text: &str, is_plain: bool, tag: Option<&str>, span: &Span) -> Result<Value, Diagnostic> {
        let bad =
            |why: String| Diagnostic::new(Code::WrongValue, why, span, "").hint("put it into quotes to make it text");
        let value = match tag {
            Some("!vault" | "!vault-encrypted") => {
                return Ok(Value::Marked(Arc::new(Marked::Vault(Encrypted::new(text.to_owned(), span.clone())))));
            }
            Some("!!str" | "!!binary") => Value::String(text.to_owned()),
            Some(tag) if tag.starts_with("!!") => {
                scalar::tagged(tag, text).ok_or_else(|| bad(format!("`{text}` is not a value for the tag `{tag}`")))?
            }
            _ if is_plain => match timestamp::read(text) {
                Some(time) => time.map_err(|why| bad(format!("`{text}`: {why}")))?,
                None => scalar::plain(text),
            },
            _ => Value::String(text.to_owned()),
        };
        Ok(match value {
            Value::String(text) if self.unsafe_depth > 0 => Value::Marked(Arc::new(Marked::Unsafe(text))),
            value => value,
        })
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
                let map = if merged.is_empty() { entries.into_iter().collect() } else { merge(&merged, entries)? };
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
            let key = key_of(key, self.keys)?;
            if let Some(first) = places.insert(key.name.clone(), key.span.clone()) {
                let title = format!("the key `{}` stands twice in one mapping", key.name);
                let doubt = Diagnostic::new(Code::DuplicateKey, title, &key.span, "the second time");
                self.doubts
                    .push(doubt.also(&first, "the first time").hint("only one of them can hold; remove the other"));
                if let Some(entry) = entries.iter_mut().find(|(present, _): &&mut (Key, Node)| present.name == key.name)
                {
                    *entry = (key, node);
                }
                continue;
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

/// What was probably meant, by what the parser says.
fn syntax_hint(what: &str) -> &'static str {
    match what {
        _ if what.starts_with("mapping values are not allowed") => {
            "text with a colon and a space in it needs quotes; if it is a key, look at the indentation"
        }
        _ if what.starts_with("unexpected character") => "text that begins with this character needs quotes",
        _ if what.starts_with("invalid trailing content") => {
            "a value that begins with a quote ends with it: put the other kind of quotes around the whole value"
        }
        _ if what.starts_with("tabs disallowed") => "indent with spaces",
        _ => "look at the indentation, at colons without a space after them, and at unclosed quotes",
    }
}

/// A key is text.
fn key_of(node: Node, keys: Keys) -> Result<Key, Diagnostic> {
    let name = match (node.value, keys) {
        (Value::String(text), _) => text,
        (Value::Marked(marked), Keys::AsInJson) => marked.text()?.to_owned(),
        (value @ (Value::List(_) | Value::Map(_)), _) | (value @ Value::Null, Keys::AsWritten) => {
            let is_template = node.span.text().starts_with('{')
                && node.span.source().text()[..node.span.range().start].ends_with('{');
            let wrong = Node { value, span: node.span }.wrong_type("a key that is text");
            return Err(if is_template {
                wrong.hint("a value that begins with `{{` needs quotes: `\"{{ … }}\"`")
            } else {
                wrong
            });
        }
        (_, Keys::AsWritten) => node.span.text().to_owned(),
        (Value::Null, _) => "null".to_owned(),
        (Value::Bool(value), _) => value.to_string(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Float(number), _) => format!("{number:?}"),
    };
    Ok(Key { name, span: node.span })
}

/// `<<: *anchor` and `<<: [*a, *b]`: keys that the mapping does not have itself. They come before its own; of several
/// mappings, the one that is named first wins, and its keys come last.
fn merge(merged: &[Node], own: Vec<(Key, Node)>) -> Result<Map, Diagnostic> {
    let mut map = Map::default();
    for node in merged.iter().flat_map(|node| node.as_list_or_one().iter().rev()) {
        for (key, value) in node.as_map()?.iter() {
            map.insert(key.clone(), value.clone());
        }
    }
    for (key, node) in own {
        map.insert(key, node);
    }
    Ok(map)
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
