//! A task: one module with its arguments, and when, how often and for whom it runs.

use super::{Directives, Loop, Setting, keyword, read};
use crate::{
    module::{Action, Kind},
    source::{Code, Diagnostic, Span},
    yaml::{Key, Map, Node, Value},
};

/// A task of a play, with everything that holds for it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name, or its module's; it may be a template.
    pub name: String,
    /// Whether the name is the user's own.
    pub is_named: bool,
    /// Where it stands.
    pub span: Span,
    /// The module with its arguments, checked but not yet rendered.
    pub action: Action,
    /// The keywords that hold for it, those around it included.
    pub directives: Directives,
    /// The keywords around it: what holds for the tasks that a dynamic include brings.
    pub around: Directives,
    /// What it goes through.
    pub looping: Option<Loop>,
    /// The variable that takes its result.
    pub register: Option<String>,
    /// Conditions until which it is tried again.
    pub until: Vec<Node>,
    /// How often it is tried again.
    pub retries: Option<Node>,
    /// Seconds between tries.
    pub delay: Option<Node>,
    /// Conditions under which it counts as a change.
    pub changed_when: Option<Vec<Node>>,
    /// Conditions under which it counts as failed.
    pub failed_when: Option<Vec<Node>>,
    /// Other names that it hears, as a handler.
    pub listen: Vec<String>,
}

impl Task {
    /// `file:line`, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.span.source().name(), self.span.line())
    }

    /// The tags that it has, with those around it.
    pub fn tags(&self) -> &[String] {
        &self.directives.tags
    }

    /// Whether its arguments are a secret, or may be.
    pub fn no_log(&self) -> bool {
        self.directives.may_be(Setting::NoLog)
    }

    /// `changed_when: false`.
    pub fn never_changes(&self) -> bool {
        let is_false = |node: &Node| matches!(node.as_bool(), Ok(false));
        self.changed_when.as_ref().is_some_and(|conditions| conditions.iter().any(is_false))
    }
}

/// Reads a task or a handler; `around` is what holds around it.
pub(super) fn read(
    map: &Map,
    span: &Span,
    around: &Directives,
    handler: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<Task> {
    let (what, known) = if handler { ("handler", keyword::HANDLER) } else { ("task", keyword::TASK) };
    let action = action(map, span, what, known, found);
    let directives = around.inside_with_vars(map, found);
    let looping = Loop::read(map, found);
    let conditions = |key: &str, found: &mut Vec<Diagnostic>| {
        let conditions = read::get(map, key)?.as_list_or_one();
        for condition in conditions {
            if !matches!(condition.value, Value::String(_) | Value::Bool(_)) {
                found.push(condition.wrong_type("a condition"));
            }
        }
        Some(conditions.to_vec())
    };
    let (until, changed_when) = (conditions("until", found), conditions("changed_when", found));
    let failed_when = conditions("failed_when", found);
    let register = read::text(map, "register", found);
    if let (Some(name), Some(node)) = (&register, map.get("register"))
        && !is_variable(name)
    {
        let title = format!("`{name}` cannot name a variable");
        found.push(node.wrong_value(title).hint("a name has letters, digits and `_`, and does not begin with a digit"));
    }
    let listen = read::texts(map, "listen", found).into_iter().map(|(name, _)| name).collect();
    let name = read::text(map, "name", found);
    let action = action?;
    Some(Task {
        is_named: name.is_some(),
        name: name.unwrap_or_else(|| action.kind().name().to_owned()),
        span: span.clone(),
        action,
        directives,
        around: around.clone(),
        looping,
        register,
        until: until.unwrap_or_default(),
        retries: read::get(map, "retries").cloned(),
        delay: read::get(map, "delay").cloned(),
        changed_when,
        failed_when,
        listen,
    })
}

/// Whether a name can be a variable's.
pub(crate) fn is_variable(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

/// The one key of a task that is a module.
fn action(map: &Map, span: &Span, what: &str, known: &[&str], found: &mut Vec<Diagnostic>) -> Option<Action> {
    let mut action: Option<(&Key, Kind, &Node)> = None;
    let mut others: Vec<&Key> = Vec::new();
    for (key, value) in map.iter() {
        match Kind::named(&key.name) {
            _ if known.contains(&key.name.as_str()) || Loop::is_keyword(&key.name) => {}
            None => others.push(key),
            Some(kind) => match action {
                None => action = Some((key, kind, value)),
                Some((first, ..)) => found.push(
                    Diagnostic::new(Code::UnknownKeyword, format!("a second module in one {what}"), &key.span, "")
                        .also(&first.span, "the first one")
                        .hint(format!("write a {what} for each module")),
                ),
            },
        }
    }
    let Some((_, kind, args)) = action else {
        let mistakes = found.len();
        found.extend(others.iter().map(|key| keyword::unknown_module(key, known)));
        if found.len() == mistakes {
            let place = map.iter().next().map_or(span, |(key, _)| &key.span);
            let title = format!("the {what} has no module");
            found.push(
                Diagnostic::new(Code::MissingKey, title, place, format!("in this {what}"))
                    .hint(format!("modules: {}", Kind::names().collect::<Vec<_>>().join(", "))),
            );
        }
        return None;
    };
    found.extend(others.iter().map(|key| keyword::unknown(key, what, known)));
    match Action::check(kind, args, map.get("args")) {
        Ok(action) => Some(action),
        Err(mistakes) => {
            found.extend(mistakes.into_vec());
            None
        }
    }
}
