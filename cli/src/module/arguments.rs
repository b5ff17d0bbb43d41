//! The arguments of a module, read with all their mistakes.

use super::words::words;
use crate::{
    module::Kind,
    source::{Code, Diagnostic, Diagnostics, Span, did_you_mean},
    template::is_omitted,
    yaml::{Map, Node, Value},
};

/// Reads the arguments of a module and collects what is wrong with them.
///
/// A value that is wrong or missing is read as a default, so that reading goes on; [`Arguments::finish`] then fails.
pub(super) struct Arguments<'a> {
    kind: Kind,
    map: &'a Map,
    span: &'a Span,
    /// Templates are not yet rendered: values with one are taken on trust.
    early: bool,
    known: Vec<&'static str>,
    found: Vec<Diagnostic>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(kind: Kind, map: &'a Map, span: &'a Span, early: bool) -> Self {
        Self { kind, map, span, early, known: Vec::new(), found: Vec::new() }
    }

    /// Where the arguments stand.
    pub(super) fn span(&self) -> &Span {
        self.span
    }

    /// Whether an argument is there; it counts as known from now on. Later names are aliases.
    pub(super) fn has(&mut self, names: &[&'static str]) -> bool {
        self.get(names).is_some()
    }

    /// The value of an argument as it is.
    pub(super) fn get(&mut self, names: &[&'static str]) -> Option<&'a Node> {
        self.known.extend(names);
        names.iter().find_map(|name| self.map.get(name)).filter(|node| !node.is_null() && !is_omitted(node))
    }

    /// An argument that may be missing.
    pub(super) fn optional<T>(
        &mut self,
        names: &[&'static str],
        read: impl FnOnce(&Node) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        let node = self.get(names).filter(|node| !(self.early && has_template(node)))?;
        read(node).map_err(|error| self.found.push(error)).ok()
    }

    /// An argument that must be there.
    pub(super) fn required<T: Default>(
        &mut self,
        names: &[&'static str],
        read: impl FnOnce(&Node) -> Result<T, Diagnostic>,
    ) -> T {
        if !self.has(names) {
            self.missing(names[0]);
            return T::default();
        }
        self.optional(names, read).unwrap_or_default()
    }

    /// Says that an argument is missing.
    pub(super) fn missing(&mut self, name: &str) {
        let title = format!("`{}` needs the argument `{name}`", self.kind.name());
        let place = self.map.iter().next().map_or(self.span, |(key, _)| &key.span);
        let label = "in these arguments";
        self.found
            .push(Diagnostic::new(Code::BadModuleArguments, title, place, label).hint(format!("add `{name}: …`")));
    }

    /// Says that an argument cannot be as it is.
    pub(super) fn reject(&mut self, name: &str, title: impl Into<String>, hint: &str) {
        let place = self.map.entry(name).map_or(self.span, |(key, _)| &key.span);
        self.found.push(Diagnostic::new(Code::BadModuleArguments, title, place, "").hint(hint));
    }

    /// What goes together with what: of these arguments one at most.
    pub(super) fn exclusive(&mut self, names: &[&'static str]) {
        let given: Vec<_> =
            names.iter().filter(|name| self.map.get(name).is_some_and(|node| !node.is_null())).collect();
        if let [first, second, ..] = given[..] {
            let title = format!("`{}` takes `{first}` or `{second}`, not both", self.kind.name());
            self.reject(second, title, "remove one of them");
        }
    }

    /// Arguments that Ansible has and that are not followed here.
    pub(super) fn refuse(&mut self, names: &[&'static str], why: &str) {
        for name in names {
            if self.map.get(name).is_some_and(|node| !node.is_null()) {
                self.known.push(name);
                self.reject(name, format!("`{name}` is not supported"), why);
            }
        }
    }

    /// Text, or a list or mapping as the JSON that Ansible makes of it.
    pub(super) fn text_or_json(&mut self, names: &[&'static str]) -> Option<String> {
        self.optional(names, |node| match &node.value {
            Value::List(_) | Value::Map(_) => Ok(python_json(&node.to_json())),
            _ => node.to_text(),
        })
    }

    /// A list, or text with commas in between.
    pub(super) fn list(&mut self, names: &[&'static str]) -> Option<Vec<String>> {
        self.optional(names, |node| match &node.value {
            Value::List(nodes) => nodes.iter().map(Node::to_text).collect(),
            _ => Ok(node
                .to_text()?
                .split(',')
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect()),
        })
    }

    /// A number of seconds.
    pub(super) fn seconds(&mut self, names: &[&'static str]) -> Option<u64> {
        self.optional(names, |node| node.as_number("a number of seconds"))
    }

    /// A command line in which `%s` stands for a file.
    pub(super) fn validate(&mut self) -> Option<Vec<String>> {
        self.optional(&["validate"], |node| {
            let words = words(node)?;
            if words.iter().any(|word| word.contains("%s")) {
                Ok(words)
            } else {
                Err(node.wrong_value("`validate` has no `%s`").hint("`%s` stands for the file that is to be looked at"))
            }
        })
    }

    /// Text.
    pub(super) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        self.optional(names, Node::to_text)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, names: &[&'static str]) -> Option<bool> {
        self.optional(names, Node::as_bool)
    }

    /// An argument that can only be `true`, since lvsctl does not do without what it asks for.
    pub(super) fn always(&mut self, name: &'static str, why: &str) {
        if self.flag(&[name]) == Some(false) {
            self.reject(name, format!("`{name}: false` is not possible"), why);
        }
    }

    /// An absolute path on the node that must be there.
    pub(super) fn path(&mut self, names: &[&'static str]) -> String {
        self.required(names, absolute_path)
    }

    /// A path on the node that may be missing.
    pub(super) fn optional_path(&mut self, names: &[&'static str]) -> Option<String> {
        self.optional(names, absolute_path)
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&mut self, names: &[&'static str], choices: &[(&str, T)]) -> Option<T> {
        self.optional(names, |node| {
            let word = node.to_text()?;
            choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
                let title = format!("`{word}` is not one of {}", words.join(", "));
                let hint = did_you_mean(&word, words).map(|meant| format!("did you mean `{meant}`?"));
                match hint {
                    Some(hint) => node.wrong_value(title).hint(hint),
                    None => node.wrong_value(title),
                }
            })
        })
    }

    /// What is wrong with what was read, and every argument that was not asked for.
    pub(super) fn finish(self) -> Result<(), Diagnostics> {
        let Self { kind, map, known, mut found, .. } = self;
        for (key, _) in map.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            let title = format!("`{}` does not take the argument `{}`", kind.name(), key.name);
            let hint = match did_you_mean(&key.name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if known.is_empty() => "it takes no arguments".to_owned(),
                None => format!("it takes: {}", known.join(", ")),
            };
            found.push(Diagnostic::new(Code::BadModuleArguments, title, &key.span, "").hint(hint));
        }
        Diagnostics::check(found)
    }
}

fn absolute_path(node: &Node) -> Result<String, Diagnostic> {
    let path = node.to_text()?;
    if path.starts_with('/') { Ok(path) } else { Err(node.wrong_value(format!("`{path}` is not an absolute path"))) }
}

/// JSON as Python's `json.dumps` writes it: a blank after `,` and `:`, and nothing but ASCII.
pub(super) fn python_json(value: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let pair = |(key, value): (&String, &Json)| format!("{}: {}", ascii(key), python_json(value));
            format!("{{{}}}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Json::String(text) => ascii(text),
        other => other.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let mut units = [0; 2];
    quoted.chars().fold(String::new(), |mut done, character| {
        if character.is_ascii() {
            done.push(character);
        } else {
            done.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
        done
    })
}

/// Whether there is a template in a value or in anything inside it.
pub(super) fn has_template(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains("{{") || text.contains("{%"),
        Value::List(nodes) => nodes.iter().any(has_template),
        Value::Map(map) => map.iter().any(|(_, node)| has_template(node)),
        _ => false,
    }
}
