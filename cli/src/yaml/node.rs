//! A YAML value with its place.
//!
//! Lists and mappings are shared, not copied: a thousand hosts of one group hold one copy of the group's variables.

use std::sync::Arc;

use super::Marked;
use crate::source::{Code, Diagnostic, Span};

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// Text.
    String(String),
    /// A sequence.
    List(Arc<[Node]>),
    /// A mapping, in the order of the file.
    Map(Map),
    /// Text with a mark: no template, encrypted, or a date.
    Marked(Arc<Marked>),
}

/// A mapping with text keys, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Arc<Vec<(Key, Node)>>,
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

impl Map {
    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// A key with its value.
    pub fn entry(&self, name: &str) -> Option<(&Key, &Node)> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(key, node)| (key, node))
    }

    /// Keys and values, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Node)> {
        self.entries.iter().map(|(key, node)| (key, node))
    }

    /// Sets a key; an earlier value is replaced in its place.
    pub fn insert(&mut self, key: Key, node: Node) {
        let entries = Arc::make_mut(&mut self.entries);
        match entries.iter_mut().find(|(present, _)| present.name == key.name) {
            Some(entry) => *entry = (key, node),
            None => entries.push((key, node)),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl FromIterator<(Key, Node)> for Map {
    /// The keys must differ.
    fn from_iter<I: IntoIterator<Item = (Key, Node)>>(entries: I) -> Self {
        Self { entries: Arc::new(entries.into_iter().collect()) }
    }
}

impl Value {
    /// What it is, for a message: `text`, `a list`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a yes or no",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::String(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Marked(marked) => marked.kind(),
        }
    }
}

/// A value in a message: its first line, and not all of a long one.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let start: String = line.chars().take(60).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}

impl Node {
    /// The value as JSON, for templates and for output.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::String(value) => value.as_str().into(),
            Value::List(nodes) => nodes.iter().map(Self::to_json).collect(),
            Value::Map(map) => map.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect(),
            Value::Marked(marked) => match &**marked {
                Marked::Time { json, .. } => json.as_str().into(),
                marked => marked.text().map_or(serde_json::Value::Null, Into::into),
            },
        }
    }

    /// A JSON value put in the place of this one (a template's result keeps the place of the template).
    #[must_use]
    pub fn with_json(&self, value: serde_json::Value) -> Self {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN)), Value::Int)
            }
            serde_json::Value::String(value) => Value::String(value),
            serde_json::Value::Array(values) => {
                Value::List(values.into_iter().map(|value| self.with_json(value)).collect())
            }
            serde_json::Value::Object(map) => Value::Map(
                map.into_iter()
                    .map(|(name, value)| (Key { name, span: self.span.clone() }, self.with_json(value)))
                    .collect(),
            ),
        };
        Self { value, span: self.span.clone() }
    }

    /// A mistake: `expected` is not what stands here.
    pub fn wrong_type(&self, expected: &str) -> Diagnostic {
        let found = match &self.value {
            Value::String(text) => format!("text: `{}`", shown(text)),
            Value::Int(number) => format!("a whole number: {number}"),
            other => other.kind().to_owned(),
        };
        Diagnostic::new(Code::WrongType, format!("expected {expected}, found {found}"), &self.span, "")
    }

    /// Text.
    pub fn as_str(&self) -> Result<&str, Diagnostic> {
        match &self.value {
            Value::String(text) => Ok(text),
            Value::Marked(marked) => marked.text(),
            _ => Err(self.wrong_type("text")),
        }
    }

    /// Text, or a number or a truth value as it would be written: for names and for template arguments.
    pub fn to_text(&self) -> Result<String, Diagnostic> {
        match &self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Float(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Marked(marked) => marked.text().map(str::to_owned),
            _ => Err(self.wrong_type("text")),
        }
    }

    /// `true` or `false` (also `yes`, `no`, `on`, `off`, as Ansible takes them).
    pub fn as_bool(&self) -> Result<bool, Diagnostic> {
        let text = match &self.value {
            Value::Bool(value) => return Ok(*value),
            Value::String(_) | Value::Marked(_) => self.as_str()?,
            _ => return Err(self.wrong_type("`true` or `false`")),
        };
        match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" => Ok(true),
            "no" | "off" | "false" => Ok(false),
            _ => Err(self.wrong_type("`true` or `false`")),
        }
    }

    /// A whole number; text of digits counts, since a template's result is text.
    pub fn as_int(&self) -> Result<i64, Diagnostic> {
        match &self.value {
            Value::Int(number) => Ok(*number),
            Value::String(_) | Value::Marked(_) => {
                self.as_str()?.trim().parse().map_err(|_| self.wrong_type("a whole number"))
            }
            _ => Err(self.wrong_type("a whole number")),
        }
    }

    /// A whole number that fits a smaller type; `what` names it in the message: `a port from 1 to 65535`.
    pub fn as_number<T: TryFrom<i64>>(&self, what: &str) -> Result<T, Diagnostic> {
        let number = self.as_int().map_err(|_| self.wrong_type(what))?;
        T::try_from(number).map_err(|_| self.wrong_value(format!("{number} is not {what}")))
    }

    /// Something that is written as text, such as an address; `what` names it in the message.
    pub fn parse<T: std::str::FromStr>(&self, what: &str) -> Result<T, Diagnostic> {
        let text = self.to_text().map_err(|_| self.wrong_type(what))?;
        text.trim().parse().map_err(|_| self.wrong_value(format!("`{}` is not {what}", shown(&text))))
    }

    /// The items of a list.
    pub fn as_list(&self) -> Result<&[Self], Diagnostic> {
        match &self.value {
            Value::List(nodes) => Ok(nodes),
            _ => Err(self.wrong_type("a list")),
        }
    }

    /// The items of a list, or the value itself as the only item.
    pub fn as_list_or_one(&self) -> &[Self] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => std::slice::from_ref(self),
        }
    }

    /// A mapping.
    pub fn as_map(&self) -> Result<&Map, Diagnostic> {
        match &self.value {
            Value::Map(map) => Ok(map),
            _ => Err(self.wrong_type("a mapping")),
        }
    }

    /// A mistake: the type is right, the value is not.
    pub fn wrong_value(&self, title: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::WrongValue, title, &self.span, "")
    }

    /// Where a list or a mapping lies in memory: values that live and have the same address are one value.
    pub(crate) fn address(&self) -> Option<usize> {
        match &self.value {
            Value::List(nodes) => Some(nodes.as_ptr().addr()),
            Value::Map(map) => Some(Arc::as_ptr(&map.entries).addr()),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}
