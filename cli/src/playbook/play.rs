//! A play: tasks for some hosts.

use std::sync::Arc;

use super::{Directives, Handler, Item, Role, Task, item::Reader, keyword, read};
use crate::{
    inventory::Vars,
    module::Kind,
    source::{Code, Diagnostic, Span, did_you_mean},
    template::has_template,
    yaml::{Map, Node, Value},
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
    pub vars: Arc<Vars>,
    /// Files of variables, the weakest first; a list in its place stands for the first that is there.
    pub vars_files: Vec<Node>,
    /// Its roles, with those that they depend on.
    pub roles: Vec<Arc<Role>>,
    /// What it does: `pre_tasks`, roles, `tasks` and `post_tasks`, and between them the handlers that were notified.
    pub items: Vec<Item>,
    /// Its handlers, those of its roles first.
    pub handlers: Vec<Handler>,
    /// The keywords that hold for everything in it.
    pub directives: Directives,
    /// How its hosts go through it.
    pub strategy: Strategy,
    /// How many hosts go through it at the same time; the last size holds for all later batches. None: all of them.
    pub serial: Vec<Node>,
    /// How many hosts of a batch may fail before the others are stopped, in percent.
    pub max_fail_percentage: Option<Node>,
    /// In which order its hosts are taken.
    pub order: Order,
    /// Whether handlers that were notified run on a host that failed.
    pub force_handlers: bool,
    /// Whether the facts are gathered as its first task.
    pub gather_facts: bool,
}

/// How the hosts of a play go through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// All hosts end a task before one of them begins the next.
    #[default]
    Linear,
    /// Each host goes at its own pace; what depends on no result goes to it in one message.
    Free,
}

/// In which order the hosts of a play are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the inventory has them.
    #[default]
    Inventory,
    /// The last of the inventory first.
    ReverseInventory,
    /// By name.
    Sorted,
    /// By name, the last first.
    ReverseSorted,
    /// By chance.
    Shuffle,
}

impl Play {
    /// Every task in it, handlers last.
    pub fn tasks(&self) -> impl Iterator<Item = &Arc<Task>> {
        Item::tasks(&self.items).into_iter().chain(self.handlers.iter().map(|handler| &handler.task))
    }

    /// Whether it may bring in tasks that are not known before it runs.
    pub fn is_open(&self) -> bool {
        self.tasks().any(|task| matches!(task.action.kind(), Kind::IncludeTasks | Kind::IncludeRole))
    }
}

/// What an `import_playbook` hands down.
#[derive(Clone, Debug, Default)]
pub(super) struct Imported {
    pub(super) tags: Vec<String>,
    pub(super) when: Vec<Node>,
    pub(super) vars: Vars,
}

/// Reads a play.
pub(super) fn read(map: &Map, span: &Span, around: &Imported, reader: &mut Reader<'_>) -> Option<Play> {
    for (key, _) in map.iter().filter(|(key, _)| !keyword::PLAY.contains(&key.name.as_str())) {
        reader.found.push(keyword::unknown(key, "play", keyword::PLAY));
    }
    let outer = Directives { tags: around.tags.clone(), when: around.when.clone(), ..Directives::default() };
    let directives = outer.inside(map, &mut reader.found);
    (reader.handlers, reader.roles) = (Vec::new(), Vec::new());
    reader.roles_seen.clear();
    let part = |reader: &mut Reader<'_>, key: &str| {
        let nodes = read::items(map, key, &mut reader.found).to_vec();
        reader.items(&nodes, &directives, false)
    };
    let mut items = part(reader, "pre_tasks");
    if !items.is_empty() {
        items.push(Item::Flush);
    }
    let (mut roles, mut handlers) = (Vec::new(), Vec::new());
    for node in read::items(map, "roles", &mut reader.found).to_vec() {
        let parts = reader.role_entry(&node, &directives, &[]);
        roles.extend(parts.roles);
        items.extend(parts.items);
        handlers.extend(parts.handlers);
    }
    items.extend(part(reader, "tasks"));
    items.push(Item::Flush);
    items.extend(part(reader, "post_tasks"));
    // Also without them: a handler may have notified one that stands before it.
    items.push(Item::Flush);
    roles.append(&mut reader.roles);
    handlers.append(&mut reader.handlers);
    let nodes = read::items(map, "handlers", &mut reader.found).to_vec();
    handlers.extend(reader.handlers(&nodes, &directives));
    let mut vars = read::vars(map, &mut reader.found);
    vars.extend(around.vars.clone());
    let hosts = hosts(map, span, &mut reader.found);
    let found = &mut reader.found;
    let play = Play {
        name: read::text(map, "name", found).unwrap_or_default(),
        span: span.clone(),
        hosts: hosts?,
        vars: Arc::new(vars),
        vars_files: read::list(map, "vars_files").to_vec(),
        roles,
        items,
        handlers,
        directives,
        strategy: choice(map, "strategy", &STRATEGIES, found).unwrap_or_default(),
        serial: sizes(map, found),
        max_fail_percentage: read::get(map, "max_fail_percentage").cloned(),
        order: choice(map, "order", &ORDERS, found).unwrap_or_default(),
        force_handlers: read::flag(map, "force_handlers", found).unwrap_or(true),
        gather_facts: read::flag(map, "gather_facts", found).unwrap_or(true),
    };
    if !play.is_open() {
        for task in play.tasks() {
            reader.found.extend(task.directives.notify.iter().filter_map(|name| unknown_handler(name, &play.handlers)));
        }
    }
    let name = if play.name.is_empty() { play.hosts.span.text().trim().to_owned() } else { play.name };
    Some(Play { name, ..play })
}

fn hosts(map: &Map, span: &Span, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let Some(hosts) = read::get(map, "hosts") else {
        let place = map.iter().next().map_or(span, |(key, _)| &key.span);
        found.push(
            Diagnostic::new(Code::MissingKey, "the play has no `hosts`", place, "in this play")
                .hint("add `hosts: …` with a host, a group or `all`"),
        );
        return None;
    };
    found.extend(hosts.as_list_or_one().iter().filter_map(|pattern| pattern.as_str().err()));
    Some(hosts.clone())
}

/// `host_pinned` differs from `free` only in how Ansible's workers take hosts.
pub(crate) const STRATEGIES: [(&str, Strategy); 6] = [
    ("linear", Strategy::Linear),
    ("ansible.builtin.linear", Strategy::Linear),
    ("free", Strategy::Free),
    ("ansible.builtin.free", Strategy::Free),
    ("host_pinned", Strategy::Free),
    ("ansible.builtin.host_pinned", Strategy::Free),
];

pub(crate) const ORDERS: [(&str, Order); 5] = [
    ("inventory", Order::Inventory),
    ("reverse_inventory", Order::ReverseInventory),
    ("sorted", Order::Sorted),
    ("reverse_sorted", Order::ReverseSorted),
    ("shuffle", Order::Shuffle),
];

fn choice<T: Copy>(map: &Map, key: &str, choices: &[(&str, T)], found: &mut Vec<Diagnostic>) -> Option<T> {
    let node = read::get(map, key)?;
    let word = match node.as_str() {
        Ok(word) => word,
        Err(error) => {
            found.push(error);
            return None;
        }
    };
    let known = choices.iter().find(|(name, _)| *name == word);
    if known.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).filter(|name| !name.contains('.')).collect();
        let mistake = node.wrong_value(format!("`{word}` is not one of {}", names.join(", ")));
        found.push(match did_you_mean(word, names) {
            Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
            None => mistake,
        });
    }
    known.map(|(_, value)| *value)
}

/// Sizes of batches: numbers of hosts, or percentages of all hosts of the play.
fn sizes(map: &Map, found: &mut Vec<Diagnostic>) -> Vec<Node> {
    let sizes = read::list(map, "serial");
    for size in sizes.iter().filter(|size| !has_template(size)) {
        let is_fit = match &size.value {
            Value::Int(number) => *number >= 0,
            Value::String(text) => {
                text.trim().trim_end_matches('%').trim().parse::<f64>().is_ok_and(|size| size >= 0.0)
            }
            _ => false,
        };
        if !is_fit {
            found.push(size.wrong_type("a number of hosts, or a percentage such as `\"25%\"`"));
        }
    }
    sizes.to_vec()
}

fn unknown_handler(notify: &Node, handlers: &[Handler]) -> Option<Diagnostic> {
    if has_template(notify) {
        return None;
    }
    let name = match notify.to_text() {
        Ok(name) => name,
        Err(error) => return Some(error),
    };
    // A handler's own name may be a template, too.
    let is_heard = |handler: &Handler| handler.hears(&name) || handler.task.name.contains("{{");
    if handlers.iter().any(is_heard) {
        return None;
    }
    let names = || {
        handlers.iter().flat_map(|handler| {
            std::iter::once(handler.task.name.as_str()).chain(handler.task.listen.iter().map(String::as_str))
        })
    };
    let title = format!("the play has no handler `{name}`");
    let hint = match did_you_mean(&name, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if handlers.is_empty() => "add it under `handlers` of this play".to_owned(),
        None => format!("handlers of this play: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Some(Diagnostic::new(Code::UnknownHandler, title, &notify.span, "").hint(hint))
}
