//! A play: tasks for some hosts.

use super::{Task, keyword, task};
use crate::{
    inventory::Vars,
    source::{Code, Diagnostic, Span, did_you_mean},
    yaml::{Map, Node},
};

/// Tasks for some hosts. All hosts end a play before the next one begins.
#[derive(Clone, Debug)]
pub struct Play {
    /// Its name, or its pattern of hosts.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The pattern of hosts, text or a list of texts.
    pub hosts: Node,
    /// Variables for its tasks.
    pub vars: Vars,
    /// Its tasks.
    pub tasks: Vec<Task>,
    /// Its handlers.
    pub handlers: Vec<Handler>,
}

/// A task that runs at the end of a play, once, if a changed task notified it.
#[derive(Clone, Debug)]
pub struct Handler {
    /// What it does.
    pub task: Task,
    /// Other names that it hears.
    pub listen: Vec<String>,
}

impl Handler {
    fn hears(&self, name: &str) -> bool {
        self.task.name == name || self.listen.iter().any(|listen| listen == name)
    }
}

/// Reads a play; `inherited` are the tags of the imports around it.
pub(super) fn read(map: &Map, span: &Span, inherited: &[String], found: &mut Vec<Diagnostic>) -> Option<Play> {
    for (key, _) in map.iter() {
        if !keyword::PLAY.contains(&key.name.as_str()) {
            found.push(keyword::unknown(key, "play", keyword::PLAY));
        }
    }
    let mut tags_of_play = inherited.to_vec();
    tags_of_play.extend(tags(map, found));
    let handlers: Vec<Handler> = items(map, "handlers", found)
        .iter()
        .filter_map(|node| {
            let task = task::read(node, &[], true, found)?;
            let listen = texts(node.as_map().ok()?, "listen", found).into_iter().map(|(name, _)| name).collect();
            Some(Handler { task, listen })
        })
        .collect();
    let mut tasks: Vec<Task> =
        items(map, "tasks", found).iter().filter_map(|node| task::read(node, &tags_of_play, false, found)).collect();
    for task in &mut tasks {
        for (name, place) in &task.notify_names {
            let hearing: Vec<usize> = (0..handlers.len()).filter(|&index| handlers[index].hears(name)).collect();
            if hearing.is_empty() {
                found.push(unknown_handler(name, place, &handlers));
            }
            task.notify.extend(hearing);
        }
    }
    let Some(hosts) = map.get("hosts").filter(|hosts| !hosts.is_null()) else {
        let place = map.iter().next().map_or(span, |(key, _)| &key.span);
        found.push(
            Diagnostic::new(Code::MissingKey, "the play has no `hosts`", place, "in this play")
                .hint("add `hosts: …` with a host, a group or `all`"),
        );
        return None;
    };
    for pattern in hosts.as_list_or_one() {
        if let Err(error) = pattern.as_str() {
            found.push(error);
        }
    }
    let name = map.get("name").and_then(|name| name.to_text().ok());
    let name = name.unwrap_or_else(|| hosts.span.text().trim().to_owned());
    Some(Play { name, span: span.clone(), hosts: hosts.clone(), vars: vars(map, found), tasks, handlers })
}

/// The `vars` of a play or task.
pub(super) fn vars(map: &Map, found: &mut Vec<Diagnostic>) -> Vars {
    match map.get("vars").filter(|vars| !vars.is_null()).map(Node::as_map) {
        None => Vars::new(),
        Some(Ok(vars)) => vars.iter().map(|(key, node)| (key.name.clone(), node.clone())).collect(),
        Some(Err(error)) => {
            found.push(error);
            Vars::new()
        }
    }
}

/// The `tags` of a play, task or import: a list, or one text with commas.
pub(super) fn tags(map: &Map, found: &mut Vec<Diagnostic>) -> Vec<String> {
    let tags = texts(map, "tags", found);
    tags.iter().flat_map(|(tag, _)| tag.split(',')).map(|tag| tag.trim().to_owned()).collect()
}

/// A text or a list of texts, each with its place.
pub(super) fn texts(map: &Map, key: &str, found: &mut Vec<Diagnostic>) -> Vec<(String, Span)> {
    let Some(node) = map.get(key).filter(|node| !node.is_null()) else { return Vec::new() };
    let mut texts = Vec::new();
    for node in node.as_list_or_one() {
        match node.to_text() {
            Ok(text) => texts.push((text, node.span.clone())),
            Err(error) => found.push(error),
        }
    }
    texts
}

fn items<'a>(map: &'a Map, key: &str, found: &mut Vec<Diagnostic>) -> &'a [Node] {
    match map.get(key).filter(|node| !node.is_null()).map(Node::as_list) {
        None => &[],
        Some(Ok(items)) => items,
        Some(Err(error)) => {
            found.push(error.hint(format!("`{key}` is a list: `- name: …`")));
            &[]
        }
    }
}

fn unknown_handler(name: &str, place: &Span, handlers: &[Handler]) -> Diagnostic {
    let names = || {
        handlers.iter().flat_map(|handler| {
            std::iter::once(handler.task.name.as_str()).chain(handler.listen.iter().map(String::as_str))
        })
    };
    let title = format!("the play has no handler `{name}`");
    let hint = match did_you_mean(name, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if handlers.is_empty() => "add it under `handlers` of this play".to_owned(),
        None => format!("handlers of this play: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::new(Code::UnknownHandler, title, place, "").hint(hint)
}
