//! What a list of tasks has in it: tasks, blocks, and what is imported from other files.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Directives, Library, Task, keyword,
    load::MAX_DEPTH,
    read,
    role::{RoleFiles, Wish},
    task,
};
use crate::{
    inventory::Vars,
    source::{Code, Diagnostic, Source, Span},
    template::has_template,
    yaml::{self, Map, Node, Value},
};

/// What a list of tasks has in it.
#[derive(Clone, Debug)]
pub enum Item {
    /// A task; a dynamic include is one, too.
    Task(Arc<Task>),
    /// Tasks with what is done when one fails, and what is done in any case.
    Block(Arc<Block>),
    /// Handlers that were notified run now.
    Flush,
}

/// Tasks with what is done when one fails, and what is done in any case.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its name.
    pub name: Option<String>,
    /// Its tasks.
    pub tasks: Vec<Item>,
    /// Tasks for when one of them fails.
    pub rescue: Vec<Item>,
    /// Tasks for any case.
    pub always: Vec<Item>,
}

/// A task that runs when a changed task notified it.
#[derive(Clone, Debug)]
pub struct Handler {
    /// What it does.
    pub task: Arc<Task>,
}

impl Handler {
    /// Whether it hears a name: its own, also with the role's in front, or one that it listens to.
    pub fn hears(&self, name: &str) -> bool {
        self.is_named(name) || self.listens(name)
    }

    /// Whether it has a name: its own, also with the role's in front.
    pub fn is_named(&self, name: &str) -> bool {
        let own = &self.task.name;
        let role = self.task.directives.role.as_ref();
        name == own || role.is_some_and(|role| name.split_once(" : ") == Some((&role.name, own)))
    }

    /// Whether it listens to a topic.
    pub fn listens(&self, topic: &str) -> bool {
        self.task.listen.iter().any(|listen| listen == topic)
    }
}

impl Item {
    /// Every task in some items, in their order.
    pub fn tasks(items: &[Self]) -> Vec<&Arc<Task>> {
        let mut tasks = Vec::new();
        for item in items {
            match item {
                Self::Task(task) => tasks.push(task),
                Self::Block(block) => {
                    for part in [&block.tasks, &block.rescue, &block.always] {
                        tasks.extend(Self::tasks(part));
                    }
                }
                Self::Flush => {}
            }
        }
        tasks
    }
}

/// Reads playbooks and what they bring in, and collects what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(super) library: &'a Library,
    /// The folder of the playbook: roles and files are looked for there, too.
    pub(super) base: PathBuf,
    pub(super) found: Vec<Diagnostic>,
    /// Names of the files that are being read, outermost first.
    pub(super) path: Vec<String>,
    /// Roles that the play has already.
    pub(super) roles_seen: HashSet<String>,
    /// Handlers that roles bring which tasks import.
    pub(super) handlers: Vec<Handler>,
    /// Roles that tasks import.
    pub(super) roles: Vec<Arc<super::Role>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(library: &'a Library, base: &Path) -> Self {
        Self {
            library,
            base: base.to_owned(),
            found: Vec::new(),
            path: Vec::new(),
            roles_seen: HashSet::new(),
            handlers: Vec::new(),
            roles: Vec::new(),
        }
    }

    /// The items of a file of tasks.
    pub(crate) fn file(&mut self, source: &Arc<Source>, around: &Directives) -> Vec<Item> {
        self.in_file(source, |reader, nodes| reader.items(nodes, around, false))
    }

    /// The handlers of a file.
    pub(super) fn handlers_file(&mut self, source: &Arc<Source>, around: &Directives) -> Vec<Handler> {
        self.in_file(source, |reader, nodes| reader.handlers(nodes, around))
    }

    /// Handlers: tasks, and files of them.
    pub(super) fn handlers(&mut self, nodes: &[Node], around: &Directives) -> Vec<Handler> {
        let mut handlers = Vec::new();
        for item in self.items(nodes, around, true) {
            match item {
                Item::Task(task) => handlers.push(Handler { task }),
                Item::Block(_) | Item::Flush => {}
            }
        }
        handlers
    }

    fn in_file<T>(&mut self, source: &Arc<Source>, read: impl FnOnce(&mut Self, &[Node]) -> Vec<T>) -> Vec<T> {
        let node = match yaml::parse(source) {
            Ok(node) if node.is_null() => return Vec::new(),
            Ok(node) => node,
            Err(error) => {
                self.found.push(error);
                return Vec::new();
            }
        };
        let nodes = match node.as_list() {
            Ok(nodes) => nodes,
            Err(error) => {
                self.found.push(error.hint("a file of tasks is a list: `- name: …`"));
                return Vec::new();
            }
        };
        self.path.push(source.name().to_owned());
        let read = read(self, nodes);
        self.path.pop();
        read
    }

    /// The items of a list.
    pub(super) fn items(&mut self, nodes: &[Node], around: &Directives, handler: bool) -> Vec<Item> {
        nodes.iter().flat_map(|node| self.item(node, around, handler)).collect()
    }

    fn item(&mut self, node: &Node, around: &Directives, handler: bool) -> Vec<Item> {
        let what = if handler { "handler" } else { "task" };
        let map = match node.as_map() {
            Ok(map) => map,
            Err(error) => {
                self.found.push(error.hint(format!("a {what} is a mapping: `name` and a module")));
                return Vec::new();
            }
        };
        if map.get("block").is_some() {
            if handler {
                let title = "a handler cannot be a block";
                self.found.push(
                    Diagnostic::new(Code::UnknownKeyword, title, &node.span, "")
                        .hint("put the tasks into a file, and name it with `include_tasks` in the handler"),
                );
                return Vec::new();
            }
            return vec![Item::Block(Arc::new(self.block(map, around)))];
        }
        if let Some((key, file)) = entry(map, "import_tasks") {
            self.only_keywords(map, &key.name, handler);
            return self.import_tasks(map, file, around, handler);
        }
        if let Some((key, role)) = entry(map, "import_role") {
            self.only_keywords(map, &key.name, handler);
            return self.import_role(map, role, around);
        }
        let task = task::read(map, &node.span, around, handler, &mut self.found);
        task.map(|task| Item::Task(Arc::new(task))).into_iter().collect()
    }

    fn block(&mut self, map: &Map, around: &Directives) -> Block {
        for (key, _) in map.iter().filter(|(key, _)| !keyword::BLOCK.contains(&key.name.as_str())) {
            self.found.push(keyword::unknown(key, "block", keyword::BLOCK));
        }
        let inside = around.inside_with_vars(map, &mut self.found);
        let mut part = |key: &str| {
            let nodes = read::items(map, key, &mut self.found).to_vec();
            self.items(&nodes, &inside, false)
        };
        let (tasks, rescue, always) = (part("block"), part("rescue"), part("always"));
        Block { name: read::text(map, "name", &mut self.found), tasks, rescue, always }
    }

    fn only_keywords(&mut self, map: &Map, own: &str, handler: bool) {
        let known = if handler { keyword::HANDLER } else { keyword::TASK };
        for (key, _) in map.iter().filter(|(key, _)| key.name != own) {
            match key.name.as_str() {
                "loop" | "loop_control" | "register" | "until" | "retries" => {
                    let title =
                        format!("`{}` makes no sense with an import, which is read before anything runs", key.name);
                    let instead = own.replace("import_", "include_");
                    let mistake = Diagnostic::new(Code::UnknownKeyword, title, &key.span, "");
                    self.found.push(mistake.hint(format!("use `{instead}`")));
                }
                name if known.contains(&name) => {}
                _ => self.found.push(keyword::unknown(key, "import", keyword::TASK)),
            }
        }
    }

    fn import_tasks(&mut self, map: &Map, file: &Node, around: &Directives, handler: bool) -> Vec<Item> {
        let inside = around.inside_with_vars(map, &mut self.found);
        let name = match &file.value {
            Value::Map(args) => args.get("file").or_else(|| args.get("_raw_params")).unwrap_or(file),
            _ => file,
        };
        let text = match name.as_str() {
            Ok(text) if has_template(name) => {
                let title = format!("`{text}` is not known before anything runs");
                self.found.push(
                    name.wrong_value(title).hint("use `include_tasks`, which reads the file when it comes to it"),
                );
                return Vec::new();
            }
            Ok(text) => text,
            Err(error) => {
                self.found.push(error);
                return Vec::new();
            }
        };
        let role = around.role.as_ref().map(|role| role.folder.as_path());
        let Some(source) = self.source(text, &name.span, role) else { return Vec::new() };
        if self.path.iter().any(|known| known == source.name()) || self.path.len() >= MAX_DEPTH {
            let title = format!("the tasks of `{}` import themselves", source.name());
            self.found.push(Diagnostic::new(Code::WrongValue, title, &name.span, "this closes the circle"));
            return Vec::new();
        }
        self.in_file(&source, |reader, nodes| reader.items(nodes, &inside, handler))
    }

    /// A file of tasks, seen from the file that names it, from the role, and from the playbook.
    fn source(&mut self, name: &str, place: &Span, role: Option<&Path>) -> Option<Arc<Source>> {
        match find_tasks(name, place, role, &self.base) {
            Ok(path) => Source::read(&path).map_err(|error| self.found.push(error.into())).ok(),
            Err(error) => {
                self.found.push(error);
                None
            }
        }
    }

    fn import_role(&mut self, map: &Map, role: &Node, around: &Directives) -> Vec<Item> {
        let args = match role.as_map() {
            Ok(args) => args,
            Err(error) => {
                self.found.push(error.hint("write `import_role: { name: … }`"));
                return Vec::new();
            }
        };
        let known = [
            "name",
            "role",
            "tasks_from",
            "vars_from",
            "defaults_from",
            "handlers_from",
            "allow_duplicates",
            "public",
            "rolespec_validate",
        ];
        for (key, _) in args.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            self.found.push(keyword::unknown(key, "import", &known));
        }
        let Some(name) = args.get("name").or_else(|| args.get("role")) else {
            let place = args.iter().next().map_or(&role.span, |(key, _)| &key.span);
            let title = "`import_role` needs the argument `name`";
            self.found.push(Diagnostic::new(Code::BadModuleArguments, title, place, "").hint("add `name: …`"));
            return Vec::new();
        };
        let text = match name.as_str() {
            Ok(text) if has_template(name) => {
                let title = format!("`{text}` is not known before anything runs");
                self.found
                    .push(name.wrong_value(title).hint("use `include_role`, which reads the role when it comes to it"));
                return Vec::new();
            }
            Ok(text) => text.to_owned(),
            Err(error) => {
                self.found.push(error);
                return Vec::new();
            }
        };
        let files = role_files(args, &mut self.found);
        let directives = around.inside_with_vars(map, &mut self.found);
        let parents = around.role.iter().cloned().collect();
        let wish = Wish { name: &text, place: &name.span, params: Vars::new(), files, directives, parents };
        let parts = self.role(wish);
        self.handlers.extend(parts.handlers);
        self.roles.extend(parts.roles);
        parts.items
    }
}

/// Which files of a role are asked for.
pub(crate) fn role_files(args: &Map, found: &mut Vec<Diagnostic>) -> RoleFiles {
    let mut file = |key: &str| read::text(args, key, found).unwrap_or_else(|| "main".to_owned());
    RoleFiles {
        tasks: file("tasks_from"),
        vars: file("vars_from"),
        defaults: file("defaults_from"),
        handlers: file("handlers_from"),
        validates: read::flag(args, "rolespec_validate", found).unwrap_or(true),
    }
}

/// A key by its short or full name.
fn entry<'m>(map: &'m Map, name: &str) -> Option<(&'m yaml::Key, &'m Node)> {
    ["", "ansible.builtin.", "ansible.legacy."].iter().find_map(|collection| map.entry(&format!("{collection}{name}")))
}

/// A file of tasks, seen from the file that names it, from the role, and from the playbook.
pub(crate) fn find_tasks(name: &str, place: &Span, role: Option<&Path>, base: &Path) -> Result<PathBuf, Diagnostic> {
    let beside = super::folder_of(place.source()).map(Path::to_owned);
    let folders =
        beside.into_iter().chain(role.map(|role| role.join("tasks"))).chain([base.to_owned(), base.join("tasks")]);
    let candidates: Vec<PathBuf> = folders.map(|folder| folder.join(name)).collect();
    if let Some(path) = candidates.iter().find(|path| path.is_file()) {
        return Ok(path.clone());
    }
    let mut looked: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
    looked.dedup();
    Err(Diagnostic::new(Code::FileNotReadable, format!("there is no file of tasks `{name}`"), place, "named here")
        .hint(format!("looked for {}", looked.join(", "))))
}
