//! Lists and mappings, and where a line begins.

use super::{Document, Style};

/// Writes one document.
pub(super) struct Emitter<'a> {
    style: &'a Style,
    pub(super) out: String,
    pub(super) column: usize,
    indents: Vec<Option<usize>>,
    indent: Option<usize>,
    /// The last character was white space or an indicator after which none is needed.
    pub(super) whitespace: bool,
    /// Only indentation and `-` are on the line so far.
    pub(super) indention: bool,
    pub(super) flow_level: usize,
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Root,
    Item,
    Key,
    Value,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(style: &'a Style) -> Self {
        Self {
            style,
            out: String::new(),
            column: 0,
            indents: Vec::new(),
            indent: None,
            whitespace: true,
            indention: true,
            flow_level: 0,
        }
    }

    pub(super) fn document(mut self, document: &Document) -> String {
        if self.style.explicit_start {
            self.indicator("---", true, false, false);
        }
        self.node(document, Position::Root);
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out
    }

    pub(super) fn width(&self) -> usize {
        self.style.width
    }

    fn node(&mut self, node: &Document, position: Position) {
        match node {
            Document::Scalar(text, is_text) => {
                self.push_indent(true, false);
                self.scalar(text, *is_text, position);
                self.pop_indent();
            }
            Document::List(nodes) => {
                if self.is_flow(nodes.is_empty(), nodes.iter().all(Document::is_scalar)) {
                    self.flow("[", "]", nodes.iter(), |emitter, node| emitter.node(node, Position::Item));
                } else {
                    self.block_list(nodes, position);
                }
            }
            Document::Map(entries) => {
                let is_plain = entries.iter().all(|(key, value)| key.is_scalar() && value.is_scalar());
                if self.is_flow(entries.is_empty(), is_plain) {
                    self.flow("{", "}", entries.iter(), Self::entry);
                } else {
                    self.push_indent(false, false);
                    for entry in entries {
                        self.write_indent();
                        self.entry(entry);
                    }
                    self.pop_indent();
                }
            }
        }
    }

    fn is_flow(&self, is_empty: bool, is_plain: bool) -> bool {
        self.flow_level > 0 || is_empty || self.style.flow.unwrap_or(is_plain)
    }

    fn flow<T>(&mut self, open: &str, close: &str, parts: impl Iterator<Item = T>, write: impl Fn(&mut Self, T)) {
        self.indicator(open, true, true, false);
        self.flow_level += 1;
        self.push_indent(true, false);
        for (index, part) in parts.enumerate() {
            if index > 0 {
                self.indicator(",", false, false, false);
            }
            if self.column > self.style.width {
                self.write_indent();
            }
            write(self, part);
        }
        self.pop_indent();
        self.flow_level -= 1;
        self.indicator(close, false, false, false);
    }

    fn block_list(&mut self, nodes: &[Document], position: Position) {
        let in_mapping = matches!(position, Position::Value);
        self.push_indent(false, in_mapping && !self.indention);
        for node in nodes {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(node, Position::Item);
        }
        self.pop_indent();
    }

    fn entry(&mut self, (key, value): &(Document, Document)) {
        let is_simple = matches!(key, Document::Scalar(text, _) if super::analysis::is_simple_key(text));
        if is_simple {
            self.node(key, Position::Key);
            self.indicator(":", false, false, false);
        } else {
            self.indicator("?", true, false, self.flow_level == 0);
            self.node(key, Position::Value);
            if self.flow_level == 0 || self.column > self.style.width {
                self.write_indent();
            }
            self.indicator(":", true, false, self.flow_level == 0);
        }
        self.node(value, Position::Value);
    }

    fn push_indent(&mut self, flow: bool, indentless: bool) {
        self.indents.push(self.indent);
        self.indent = match self.indent {
            None => Some(if flow { self.style.indent } else { 0 }),
            Some(indent) if !indentless => Some(indent + self.style.indent),
            indent => indent,
        };
    }

    fn pop_indent(&mut self) {
        self.indent = self.indents.pop().flatten();
    }

    pub(super) fn indicator(&mut self, indicator: &str, need_whitespace: bool, whitespace: bool, indention: bool) {
        if !self.whitespace && need_whitespace {
            self.write(" ");
        }
        self.write(indicator);
        self.whitespace = whitespace;
        self.indention = self.indention && indention;
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        if self.column < indent {
            self.whitespace = true;
            let spaces = " ".repeat(indent - self.column);
            self.write(&spaces);
        }
    }

    pub(super) fn line_break(&mut self) {
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
        self.out.push('\n');
    }

    pub(super) fn write(&mut self, text: &str) {
        self.column += text.chars().count();
        self.out.push_str(text);
    }
}
