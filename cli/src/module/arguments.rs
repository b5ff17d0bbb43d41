//! The arguments of a module, read with all their mistakes.

use crate::{
    module::Kind,
    source::{Code, Diagnostic, Diagnostics, Span, did_you_mean},
    template::is_omitted,
    yaml::{Map, Node, Value},
};

/// An argument of a module, as its reader asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// Its name, and other names for it.
    pub(crate) names: Vec<&'static str>,
    /// What it takes.
    pub(crate) shape: ArgumentShape,
    /// Whether it must be there.
    pub(crate) is_required: bool,
}

/// What an argument takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArgumentShape {
    /// Something of its own.
    Any,
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// An absolute path.
    Path,
    /// One of these words.
    Choice(Vec<String>),
}

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
    /// The same with what each takes, for who wants to know.
    asked: Vec<Argument>,
    found: Vec<Diagnostic>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(kind: Kind, map: &'a Map, span: &'a Span, early: bool) -> Self {
        Self { kind, map, span, early, known: Vec::new(), asked: Vec::new(), found: Vec::new() }
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
        self.note(names, ArgumentShape::Any);
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
        let is_given = self.has(names);
        self.note(names, ArgumentShape::Any).is_required = true;
        if !is_given {
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

    /// Text.
    pub(super) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        self.note(names, ArgumentShape::Text);
        self.optional(names, Node::to_text)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, names: &[&'static str]) -> Option<bool> {
        self.note(names, ArgumentShape::Flag);
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
        self.note(names, ArgumentShape::Path);
        self.required(names, absolute_path)
    }

    /// A path on the node that may be missing.
    pub(super) fn optional_path(&mut self, names: &[&'static str]) -> Option<String> {
        self.note(names, ArgumentShape::Path);
        self.optional(names, absolute_path)
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&mut self, names: &[&'static str], choices: &[(&str, T)]) -> Option<T> {
        self.note(names, ArgumentShape::Choice(choices.iter().map(|(word, _)| (*word).to_owned()).collect()));
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

    /// Keeps what is known of an argument.
    fn note(&mut self, names: &[&'static str], shape: ArgumentShape) -> &mut Argument {
        let known = self.asked.iter().position(|argument| argument.names.first() == names.first());
        let index = known.unwrap_or_else(|| {
            self.asked.push(Argument { names: names.to_vec(), shape: ArgumentShape::Any, is_required: false });
            self.asked.len() - 1
        });
        let argument = &mut self.asked[index];
        if shape != ArgumentShape::Any {
            argument.shape = shape;
        }
        argument
    }

    /// Adds what was asked for to what is known; needed is only what is, whatever else is given.
    pub(super) fn take_asked(self, known: &mut Vec<Argument>, may_be_required: bool) {
        for argument in self.asked {
            if let Some(other) = known.iter_mut().find(|other| other.names[0] == argument.names[0]) {
                let more =
                    argument.names.iter().filter(|name| !other.names.contains(name)).copied().collect::<Vec<_>>();
                other.names.extend(more);
                if other.shape == ArgumentShape::Any {
                    other.shape = argument.shape;
                }
                other.is_required &= argument.is_required;
            } else {
                known.push(Argument { is_required: argument.is_required && may_be_required, ..argument });
            }
        }
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

/// Whether there is a template in a value or in anything inside it.
pub(super) fn has_template(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains("{{") || text.contains("{%"),
        Value::List(nodes) => nodes.iter().any(has_template),
        Value::Map(map) => map.iter().any(|(_, node)| has_template(node)),
        _ => false,
    }
}
