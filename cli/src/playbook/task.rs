//! A task: one module with its arguments, and when and for whom it runs.

use super::{keyword, play};
use crate::{
    inventory::Vars,
    module::{Action, Kind},
    source::{Code, Diagnostic, Span},
    yaml::{Key, Map, Node, Value},
};

/// A task of a play.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name, or its module's.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The module with its arguments, checked but not yet rendered.
    pub action: Action,
    /// Variables for this task.
    pub vars: Vars,
    /// Conditions, all of which must hold.
    pub when: Vec<Node>,
    /// Tags, with those of the play and of the imports around it.
    pub tags: Vec<String>,
    /// The handlers that a change notifies, as their places in the play.
    pub notify: Vec<usize>,
    /// Whether its arguments are a secret.
    pub no_log: bool,
    /// Whether a command counts as a change.
    pub counts_as_change: bool,
    /// As written, before the play looks for the handlers.
    pub(super) notify_names: Vec<(String, Span)>,
}

impl Task {
    /// `file:line`, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.span.source().name(), self.span.line())
    }
}

/// Reads a task or a handler; `inherited` are the tags around it.
pub(super) fn read(node: &Node, inherited: &[String], handler: bool, found: &mut Vec<Diagnostic>) -> Option<Task> {
    let (what, known) = if handler { ("handler", keyword::HANDLER) } else { ("task", keyword::TASK) };
    let map = match node.as_map() {
        Ok(map) => map,
        Err(error) => {
            found.push(error.hint(format!("a {what} is a mapping: `name` and a module")));
            return None;
        }
    };
    let action = action(map, node, what, known, found);
    let mut tags = inherited.to_vec();
    tags.extend(play::tags(map, found));
    let when = map.get("when").filter(|when| !when.is_null()).map(Node::as_list_or_one).unwrap_or_default();
    for condition in when {
        if !matches!(condition.value, Value::String(_) | Value::Bool(_)) {
            found.push(condition.wrong_type("a condition"));
        }
    }
    let notify_names = play::texts(map, "notify", found);
    let vars = play::vars(map, found);
    let no_log = flag(map, "no_log", false, found);
    let counts_as_change = flag(map, "changed_when", true, found);
    let action = action?;
    if !counts_as_change && action.kind() != Kind::Command {
        let (key, _) = map.entry("changed_when")?;
        let title = "`changed_when` is for `command` only";
        found.push(
            Diagnostic::new(Code::BadModuleArguments, title, &key.span, "")
                .hint("remove it: the other modules compare, and know whether they changed something"),
        );
    }
    let name = map.get("name").filter(|name| !name.is_null());
    let name = match name.map(Node::to_text) {
        None => action.kind().name().to_owned(),
        Some(Ok(name)) => name,
        Some(Err(error)) => {
            found.push(error);
            return None;
        }
    };
    Some(Task {
        name,
        span: node.span.clone(),
        action,
        vars,
        when: when.to_vec(),
        tags,
        notify: Vec::new(),
        no_log,
        counts_as_change,
        notify_names,
    })
}

/// The one key of a task that is a module.
fn action(map: &Map, node: &Node, what: &str, known: &[&str], found: &mut Vec<Diagnostic>) -> Option<Action> {
    let mut action: Option<(&Key, Kind, &Node)> = None;
    let mut others: Vec<&Key> = Vec::new();
    for (key, value) in map.iter() {
        match Kind::named(&key.name) {
            _ if known.contains(&key.name.as_str()) => {}
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
            let place = map.iter().next().map_or(&node.span, |(key, _)| &key.span);
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

fn flag(map: &Map, key: &str, default: bool, found: &mut Vec<Diagnostic>) -> bool {
    match map.get(key).filter(|node| !node.is_null()).map(Node::as_bool) {
        None => default,
        Some(Ok(value)) => value,
        Some(Err(error)) => {
            found.push(error.hint(format!("`{key}` takes `true` or `false` and no expression yet")));
            default
        }
    }
}
