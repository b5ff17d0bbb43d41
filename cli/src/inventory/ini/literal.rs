//! Values of an INI inventory: Python's literals, by the rules of `ast.literal_eval`; whatever is none is text.
//!
//! So `5` is a number, `0644` is text (Python has no such number), `[1, 'a']` is a list, `1, 2` too, and `yes` is text.

use crate::{
    source::Span,
    yaml::{Key, Map, Marked, Node, Value},
};

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

    /// Texts next to each other are one.
    fn strings(&mut self) -> Option<Literal> {
        let mut text = String::new();
        let mut of_bytes = None;
        loop {
            let rest = self.rest();
            let quote = rest.find(['\'', '"'])?;
            let prefix = rest[..quote].to_ascii_lowercase();
            let (raw, bytes) = match prefix.as_str() {
                "" | "u" => (false, false),
                "r" => (true, false),
                "b" => (false, true),
                "rb" | "br" => (true, true),
                _ => return None,
            };
            if *of_bytes.get_or_insert(bytes) != bytes {
                return None;
            }
            self.at += quote;
            self.string(raw, bytes, &mut text)?;
            self.space();
            let rest = self.rest();
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            if end > 2 || !rest[end..].starts_with(['\'', '"']) {
                // Bytes become text, in which templates are not trusted.
                let value = if bytes { Value::Marked(Marked::Unsafe(text).into()) } else { Value::String(text) };
                return Some(Literal::Other(value));
            }
        }
    }

    fn string(&mut self, raw: bool, bytes: bool, text: &mut String) -> Option<()> {
        let quote = &self.rest()[..1];
        let triple = quote.repeat(3);
        let close = if self.rest().starts_with(&triple) { triple } else { quote.to_owned() };
        self.at += close.len();
        loop {
            let rest = self.rest();
            if rest.starts_with(&close) {
                self.at += close.len();
                return Some(());
            }
            let character = rest.chars().next()?;
            self.at += character.len_utf8();
            if character == '\n' && close.len() == 1 || bytes && !character.is_ascii() {
                return None;
            }
            if character == '\\' {
                self.escape(raw, bytes, text)?;
            } else {
                text.push(character);
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, raw: bool, bytes: bool, text: &mut String) -> Option<()> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        if raw {
            text.extend(['\\', character]);
            return Some(());
        }
        let hex = |digits: usize| -> Option<char> {
            let digits = self.rest().get(..digits).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        };
        let (escaped, length) = match character {
            '\n' => return Some(()),
            '\\' | '\'' | '"' => (character, 0),
            'a' => ('\u{7}', 0),
            'b' => ('\u{8}', 0),
            'f' => ('\u{c}', 0),
            'n' => ('\n', 0),
            'r' => ('\r', 0),
            't' => ('\t', 0),
            'v' => ('\u{b}', 0),
            'x' => (hex(2)?, 2),
            'u' if !bytes => (hex(4)?, 4),
            'U' if !bytes => (hex(8)?, 8),
            // Names of characters, for which Python has a table.
            'N' if !bytes => return None,
            '0'..='7' => {
                let rest = self.rest();
                let more = rest.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let digits = format!("{character}{}", &rest[..more]);
                (char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?, more)
            }
            other => {
                text.extend(['\\', other]);
                return Some(());
            }
        };
        text.push(escaped);
        self.at += length;
        Some(())
    }

    fn number(&mut self) -> Option<Literal> {
        let rest = self.rest();
        let mut end = 0;
        let bytes = rest.as_bytes();
        while end < bytes.len() {
            let exponent =
                end > 0 && matches!(bytes[end - 1], b'e' | b'E') && !rest.starts_with("0x") && !rest.starts_with("0X");
            let part = bytes[end].is_ascii_alphanumeric() || matches!(bytes[end], b'_' | b'.');
            if !(part || exponent && matches!(bytes[end], b'+' | b'-')) {
                break;
            }
            end += 1;
        }
        let number = number(&rest[..end])?;
        self.at += end;
        Some(number)
    }
}

/// A number of Python's, without a sign.
fn number(text: &str) -> Option<Literal> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            let digits = digits.strip_prefix('_').unwrap_or(digits);
            return i64::from_str_radix(&digits_of(digits, radix)?, radix).ok().map(Literal::Int);
        }
    }
    if let Some(imaginary) = lower.strip_suffix('j') {
        return float(imaginary).map(|imaginary| Literal::Complex(0.0, imaginary));
    }
    if lower.contains(['.', 'e']) {
        return float(&lower).map(Literal::Float);
    }
    let digits = digits_of(&lower, 10)?;
    let leads_with_zero = digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0');
    if leads_with_zero { None } else { digits.parse().ok().map(Literal::Int) }
}

/// With a point, an exponent, or neither.
fn float(text: &str) -> Option<f64> {
    let (mantissa, exponent) =
        text.split_once('e').map_or((text, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let part = |digits: &str| if digits.is_empty() { Some(String::new()) } else { digits_of(digits, 10) };
    let mut number = format!("{}.{}", part(whole)?, part(fraction)?);
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let sign = if exponent.starts_with('-') { "-" } else { "" };
        number = format!("{number}e{sign}{}", digits_of(digits, 10)?);
    }
    number.parse().ok()
}

/// Digits without the underscores that may stand between them, one at a time.
fn digits_of(text: &str, radix: u32) -> Option<String> {
    let parts: Vec<&str> = text.split('_').collect();
    let known = parts.iter().all(|part| !part.is_empty() && part.chars().all(|digit| digit.is_digit(radix)));
    known.then(|| parts.concat())
}

/// As Python prints a complex number.
fn complex(real: f64, imaginary: f64) -> String {
    let part = |number: f64| {
        let text = format!("{number:?}");
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if real == 0.0 {
        return format!("{}j", part(imaginary));
    }
    let sign = if imaginary < 0.0 { "" } else { "+" };
    format!("({}{sign}{}j)", part(real), part(imaginary))
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
