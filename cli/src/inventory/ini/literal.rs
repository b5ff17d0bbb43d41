//! Values of an INI inventory: Python's literals, by the rules of `ast.literal_eval`; whatever is none is text.
//!
//! So `5` is a number, `0644` is text (Python has no such number), `[1, 'a']` is a list, `1, 2` too, and `yes` is text.

mod number;
mod text;

use crate::{
    source::Span,
    yaml::{Key, Map, Node, Value},
};
use number::complex;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// What a value means. Where it stands in the file as it is, every part of it has its own place; else that of the whole.
pub(super) fn value(text: &str, span: &Span) -> Node {
    let mut reader = Reader { text, at: 0, span };
    let value = reader.expression(0).filter(|_| reader.at_end());
    let node = value.map_or_else(|| Value::String(text.to_owned()), Literal::into_value);
    Node { value: node, span: span.clone() }
}

/// A literal; numbers are told from the rest, since only they have a sign and are added.
enum Literal {
    Int(i64),
    Float(f64),
    /// Real and imaginary part; it becomes text.
    Complex(f64, f64),
    Other(Value),
}

impl Literal {
    fn into_value(self) -> Value {
        match self {
            Self::Int(number) => Value::Int(number),
            Self::Float(number) => Value::Float(number),
            Self::Complex(real, imaginary) => Value::String(complex(real, imaginary)),
            Self::Other(value) => value,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    span: &'a Span,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\u{c}']).len();
    }

    /// A comment may follow.
    fn at_end(&mut self) -> bool {
        self.space();
        self.rest().is_empty() || self.rest().starts_with('#')
    }

    fn take(&mut self, character: char) -> bool {
        self.space();
        let found = self.rest().starts_with(character);
        self.at += if found { character.len_utf8() } else { 0 };
        found
    }

    /// One value, or several with commas between them, which are a tuple without its parentheses.
    fn expression(&mut self, depth: usize) -> Option<Literal> {
        let start = self.at;
        let first = self.sum(depth)?;
        let end = self.at;
        if !self.take(',') {
            self.at = end;
            return Some(first);
        }
        self.at = end;
        let mut nodes = vec![self.node(first, start)];
        self.take(',');
        while !self.at_end() && !self.rest().starts_with(')') {
            let start = self.at;
            let item = self.sum(depth)?;
            nodes.push(self.node(item, start));
            if !self.take(',') {
                break;
            }
        }
        Some(Literal::Other(Value::List(nodes.into())))
    }

    /// A literal; or a real number and an imaginary one, added or subtracted.
    fn sum(&mut self, depth: usize) -> Option<Literal> {
        let left = self.signed(depth)?;
        self.space();
        let minus = match self.rest().chars().next() {
            Some('+') => false,
            Some('-') => true,
            _ => return Some(left),
        };
        self.at += 1;
        #[expect(clippy::cast_precision_loss, reason = "that is what Python does")]
        let real = match left {
            Literal::Int(number) => number as f64,
            Literal::Float(number) => number,
            _ => return None,
        };
        self.space();
        match self.atom(depth)? {
            Literal::Complex(own, imaginary) => {
                Some(Literal::Complex(real + own, if minus { -imaginary } else { imaginary }))
            }
            _ => None,
        }
    }

    fn signed(&mut self, depth: usize) -> Option<Literal> {
        self.space();
        let minus = match self.rest().chars().next()? {
            '+' => false,
            '-' => true,
            _ => return self.atom(depth),
        };
        self.at += 1;
        self.space();
        match self.atom(depth)? {
            Literal::Int(number) => Some(Literal::Int(if minus { number.checked_neg()? } else { number })),
            Literal::Float(number) => Some(Literal::Float(if minus { -number } else { number })),
            Literal::Complex(real, imaginary) if minus => Some(Literal::Complex(-real, -imaginary)),
            number @ Literal::Complex(..) => Some(number),
            Literal::Other(_) => None,
        }
    }

    fn atom(&mut self, depth: usize) -> Option<Literal> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.space();
        match self.rest().chars().next()? {
            '[' => {
                self.at += 1;
                Some(Literal::Other(Value::List(self.items(']', depth)?.into())))
            }
            '(' => self.parentheses(depth),
            '{' => self.braces(depth),
            '\'' | '"' => self.strings(),
            '.' if self.rest().starts_with("...") => {
                self.at += 3;
                Some(Literal::Other(Value::String("...".to_owned())))
            }
            '0'..='9' | '.' => self.number(),
            _ => self.word(),
        }
    }

    /// Items up to the closing bracket, of which the last may have a comma after it.
    fn items(&mut self, close: char, depth: usize) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            if self.take(close) {
                return Some(nodes);
            }
            let start = self.at;
            let item = self.sum(depth + 1)?;
            nodes.push(self.node(item, start));
            if !self.take(',') {
                return self.take(close).then_some(nodes);
            }
        }
    }

    fn parentheses(&mut self, depth: usize) -> Option<Literal> {
        self.at += 1;
        if self.take(')') {
            return Some(Literal::Other(Value::List([].into())));
        }
        let inner = self.expression(depth + 1)?;
        self.take(')').then_some(inner)
    }

    /// A mapping, or a set, which is a list here.
    fn braces(&mut self, depth: usize) -> Option<Literal> {
        self.at += 1;
        if self.take('}') {
            return Some(Literal::Other(Value::Map(Map::default())));
        }
        let start = self.at;
        let first = self.sum(depth + 1)?;
        if !self.take(':') {
            self.at = start;
            drop(first);
            return Some(Literal::Other(Value::List(self.items('}', depth)?.into())));
        }
        self.at = start;
        let mut map = Map::default();
        while !self.take('}') {
            let start = self.at;
            let name = key_name(&self.sum(depth + 1)?.into_value())?;
            let place = self.place(start);
            if !self.take(':') {
                return None;
            }
            let start = self.at;
            let value = self.sum(depth + 1)?;
            map.insert(Key { name, span: place }, self.node(value, start));
            if !self.take(',') {
                return self.take('}').then_some(Literal::Other(Value::Map(map)));
            }
        }
        Some(Literal::Other(Value::Map(map)))
    }

    /// A part that began there and ends here.
    fn node(&self, literal: Literal, start: usize) -> Node {
        Node { value: literal.into_value(), span: self.place(start) }
    }

    fn place(&self, start: usize) -> Span {
        if self.span.text() != self.text {
            return self.span.clone();
        }
        let part = &self.text[start..self.at];
        let start = self.span.range().start + start + part.len() - part.trim_start().len();
        Span::new(self.span.source(), start..start + part.trim().len())
    }

    fn word(&mut self) -> Option<Literal> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = &rest[..end];
        if rest[end..].starts_with(['\'', '"']) {
            return self.strings();
        }
        let value = match word {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::Null,
            "set" => {
                self.at += end;
                return (self.take('(') && self.take(')')).then(|| Literal::Other(Value::List([].into())));
            }
            _ => return None,
        };
        self.at += end;
        Some(Literal::Other(value))
    }
}

/// A key as JSON writes it.
fn key_name(key: &Value) -> Option<String> {
    Some(match key {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
        Value::List(_) | Value::Map(_) | Value::Marked(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::Source;

    fn read(text: &str) -> String {
        value(text, &Span::whole(&Source::new("hosts", text))).to_json().to_string()
    }

    #[test]
    fn literals_of_python_are_values() {
        let cases = [
            ("5", "5"),
            ("-0x1f", "-31"),
            ("1_000", "1000"),
            ("1e3", "1000.0"),
            ("True", "true"),
            ("None", "null"),
            ("[1, 'a', {'b': (2,)},]", r#"[1,"a",{"b":[2]}]"#),
            ("1, 2", "[1,2]"),
            ("'a' \"b\"", r#""ab""#),
            ("5 # five", "5"),
            ("{1: 'x'}", r#"{"1":"x"}"#),
            ("1+2j", r#""(1+2j)""#),
        ];
        for (text, json) in cases {
            assert_eq!(read(text), json, "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_is_text() {
        for text in
            ["0644", "yes", "true", "[a]", "1.2.3", "--5", "1 + 2", "{{ x }}", "'open", "1__0", "5 5", "", "dict()"]
        {
            assert_eq!(read(text), serde_json::Value::from(text).to_string(), "{text}");
        }
        assert!(read(&"[".repeat(500)).starts_with("\"[["));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[\\[\\](){}'\"\\\\,:+\\-_.#0-9a-fjxuNrTé ]{0,24}") {
            let _ = read(&text);
        }
    }
}
