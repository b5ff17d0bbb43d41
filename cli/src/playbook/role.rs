//! A role: a folder with tasks, handlers, variables, files and templates.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Directives, Handler, Item, argument_specs, item::Reader, keyword, read};
use crate::{
    inventory::Vars,
    source::{Code, Diagnostic, Source, Span, did_you_mean},
    yaml::{self, Map, Node, Value},
};

/// The endings of a file of YAML.
const ENDINGS: [&str; 3] = ["yml", "yaml", "json"];

/// What tasks of a role know of it.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// `defaults`, over those of the roles that it depends on.
    pub defaults: Arc<Vars>,
    /// `vars`, over those of the roles that it depends on.
    pub vars: Arc<Vars>,
    /// The parameters that it was given, with those of the roles that depend on it below.
    pub params: Arc<Vars>,
    /// The roles that depend on it, the nearest first.
    pub parents: Vec<String>,
}

/// A role with what it brings.
#[derive(Clone, Debug, Default)]
pub(super) struct RoleParts {
    /// The role and those that it depends on, in the order of their tasks.
    pub(super) roles: Vec<Arc<Role>>,
    /// Tasks, those of the roles that it depends on first.
    pub(super) items: Vec<Item>,
    /// Handlers, likewise.
    pub(super) handlers: Vec<Handler>,
}

/// Which files of a role are read.
#[derive(Clone, Debug)]
pub struct RoleFiles {
    /// Of its tasks.
    pub tasks: String,
    /// Of its variables.
    pub vars: String,
    /// Of its defaults.
    pub defaults: String,
    /// Of its handlers.
    pub handlers: String,
    /// Its arguments are looked at first, where it says what they are.
    pub validates: bool,
}

impl Default for RoleFiles {
    fn default() -> Self {
        let main = || "main".to_owned();
        Self { tasks: main(), vars: main(), defaults: main(), handlers: main(), validates: true }
    }
}

/// A role that is asked for.
pub(super) struct Wish<'a> {
    pub(super) name: &'a str,
    pub(super) place: &'a Span,
    pub(super) params: Vars,
    pub(super) files: RoleFiles,
    /// What holds for its tasks.
    pub(super) directives: Directives,
    /// The roles that depend on it, the nearest first.
    pub(super) parents: Vec<Arc<Role>>,
}

impl Reader<'_> {
    /// An entry of `roles` or of a role's dependencies.
    pub(super) fn role_entry(&mut self, node: &Node, around: &Directives, parents: &[Arc<Role>]) -> RoleParts {
        let empty = Map::default();
        let (name, place, map) = match role_name(node, &empty) {
            Ok(named) => named,
            Err(error) => {
                self.found.push(error);
                return RoleParts::default();
            }
        };
        let mut params: Vars = map
            .iter()
            .filter(|(key, _)| !keyword::ROLE.contains(&key.name.as_str()))
            .map(|(key, node)| (key.name.clone(), node.clone()))
            .collect();
        // Ansible gives the `vars` of a role's entry the rank of its parameters.
        params.extend(read::vars(map, &mut self.found));
        let directives = around.inside(map, &mut self.found);
        let files = RoleFiles::default();
        let is_first = self.is_first(&name, &params, map);
        let parts = self.role(Wish { name: &name, place, params, files, directives, parents: parents.to_vec() });
        // Its handlers count again, as in Ansible: the last of a name is the one that is notified.
        if is_first { parts } else { RoleParts { handlers: parts.handlers, ..RoleParts::default() } }
    }

    /// A role with the same parameters runs once in a play, unless it allows to be run again.
    fn is_first(&mut self, name: &str, params: &Vars, map: &Map) -> bool {
        let texts = |key: &str| {
            let texts = read::list(map, key).iter().map(|node| node.to_json().to_string());
            texts.collect::<Vec<_>>().join("\n")
        };
        let params: Vec<String> = params.iter().map(|(name, node)| format!("{name}={}", node.to_json())).collect();
        let identity = format!("{name}\n{}\n{}\n{}", params.join("\n"), texts("when"), texts("tags"));
        let is_new = self.roles_seen.insert(identity);
        is_new || self.allows_duplicates(name)
    }

    fn allows_duplicates(&self, name: &str) -> bool {
        let folder = self.library.find_role(name, &self.base);
        let meta = folder.and_then(|folder| existing(&folder.join("meta"), "main"));
        let node = meta.and_then(|path| yaml::parse_file(&path).ok());
        let flag = node.and_then(|node| node.as_map().ok()?.get("allow_duplicates").map(Node::as_bool));
        matches!(flag, Some(Ok(true)))
    }

    /// Finds a role and reads it whole.
    pub(super) fn role(&mut self, wish: Wish<'_>) -> RoleParts {
        let Some(folder) = self.library.find_role(wish.name, &self.base) else {
            self.found.push(self.library.role_not_found(wish.name, &self.base, wish.place));
            return RoleParts::default();
        };
        let name = folder.file_name().map_or(wish.name.to_owned(), |name| name.to_string_lossy().into_owned());
        if wish.parents.len() >= super::load::MAX_DEPTH || wish.parents.iter().any(|parent| parent.folder == folder) {
            let title = format!("the role `{name}` depends on itself");
            self.found.push(Diagnostic::new(Code::WrongValue, title, wish.place, "this closes the circle"));
            return RoleParts::default();
        }
        let mut parts = RoleParts::default();
        let mut params = wish.parents.first().map(|parent| (*parent.params).clone()).unwrap_or_default();
        params.extend(wish.params.clone());
        let mut role = Role {
            name,
            folder: folder.clone(),
            params: Arc::new(params),
            parents: wish.parents.iter().map(|parent| parent.name.clone()).collect(),
            ..Role::default()
        };
        let mut parents = vec![Arc::new(role.clone())];
        parents.extend(wish.parents.iter().cloned());
        for dependency in self.dependencies(&folder) {
            let inner = self.role_entry(&dependency, &wish.directives, &parents);
            parts.roles.extend(inner.roles);
            parts.items.extend(inner.items);
            parts.handlers.extend(inner.handlers);
        }
        let (mut defaults, mut vars) = (Vars::new(), Vars::new());
        for dependency in &parts.roles {
            defaults.extend((*dependency.defaults).clone());
            vars.extend((*dependency.vars).clone());
        }
        defaults.extend(self.role_vars(&folder.join("defaults"), &wish.files.defaults, wish.place));
        vars.extend(self.role_vars(&folder.join("vars"), &wish.files.vars, wish.place));
        (role.defaults, role.vars) = (Arc::new(defaults), Arc::new(vars));
        let role = Arc::new(role);
        let mut directives = wish.directives;
        directives.role = Some(Arc::clone(&role));
        if let Some(source) = self.role_file(&folder.join("handlers"), &wish.files.handlers, wish.place) {
            parts.handlers.extend(self.handlers_file(&source, &directives));
        }
        match argument_specs::validation(&folder, &wish.files.tasks) {
            Ok(Some(task)) if wish.files.validates => parts.items.extend(self.items(&[task], &directives, false)),
            Ok(_) => {}
            Err(error) => self.found.push(error),
        }
        if let Some(source) = self.role_file(&folder.join("tasks"), &wish.files.tasks, wish.place) {
            parts.items.extend(self.file(&source, &directives));
        }
        parts.roles.push(role);
        parts
    }

    fn dependencies(&mut self, folder: &Path) -> Vec<Node> {
        let Some(path) = existing(&folder.join("meta"), "main") else { return Vec::new() };
        let node = yaml::parse_file(&path).and_then(|node| match &node.value {
            Value::Null => Ok(None),
            _ => node.as_map().map(|map| read::get(map, "dependencies").cloned()),
        });
        match node.and_then(|node| node.map(|node| node.as_list().map(<[Node]>::to_vec)).transpose()) {
            Ok(dependencies) => dependencies.unwrap_or_default(),
            Err(error) => {
                self.found.push(error);
                Vec::new()
            }
        }
    }

    fn role_vars(&mut self, folder: &Path, name: &str, place: &Span) -> Vars {
        let mut files: Vec<PathBuf> = existing(folder, name).into_iter().collect();
        let below = folder.join(name);
        if files.is_empty() && below.is_dir() {
            files = files_in(&below);
        }
        if files.is_empty() && name != "main" {
            self.found.push(no_such_part(folder, name, place));
        }
        let mut vars = Vars::new();
        for file in files {
            match read_vars(&file) {
                Ok(read) => vars.extend(read),
                Err(error) => self.found.push(error),
            }
        }
        vars
    }

    /// `main` may be missing; a file that was asked for by name may not.
    fn role_file(&mut self, folder: &Path, name: &str, place: &Span) -> Option<Arc<Source>> {
        let Some(path) = existing(folder, name) else {
            if name != "main" {
                self.found.push(no_such_part(folder, name, place));
            }
            return None;
        };
        Source::read(&path).map_err(|error| self.found.push(error.into())).ok()
    }
}

/// The name of a role in an entry, and the entry's other keys.
fn role_name<'a>(node: &'a Node, empty: &'a Map) -> Result<(String, &'a Span, &'a Map), Diagnostic> {
    match &node.value {
        Value::String(name) => Ok((name.clone(), &node.span, empty)),
        Value::Map(map) => {
            let Some(name) = map.get("role").or_else(|| map.get("name")) else {
                let place = map.iter().next().map_or(&node.span, |(key, _)| &key.span);
                return Err(Diagnostic::new(Code::MissingKey, "the role has no name", place, "in this role")
                    .hint("add `role: …`"));
            };
            Ok((name.to_text()?, &name.span, map))
        }
        _ => Err(node.wrong_type("a role").hint("write `- name`, or `- role: name` with parameters")),
    }
}

fn no_such_part(folder: &Path, name: &str, place: &Span) -> Diagnostic {
    let title = format!("the role has no file `{}`", folder.join(name).display());
    let present: Vec<String> = files_in(folder)
        .iter()
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    let mistake = Diagnostic::new(Code::FileNotReadable, title, place, "asked for here");
    match did_you_mean(name, present.iter().map(String::as_str)) {
        Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
        None if present.is_empty() => mistake,
        None => mistake.hint(format!("it has {}", present.join(", "))),
    }
}

/// The variables of a file; an empty one has none.
pub(crate) fn read_vars(path: &Path) -> Result<Vars, Diagnostic> {
    let node = yaml::parse_file(path)?;
    if node.is_null() {
        return Ok(Vars::new());
    }
    read::mapping(&node).map_err(|error| error.hint("a file of variables is a mapping"))
}

/// A file of a role, by its name with or without an ending.
pub(super) fn existing(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = folder.join(name);
    let with_ending = ENDINGS.iter().map(|ending| folder.join(format!("{name}.{ending}")));
    with_ending.chain([plain]).find(|path| path.is_file())
}

/// The files of YAML in a folder and below it, in the order of their names.
pub(crate) fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let is_yaml = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if is_yaml {
            files.push(path);
        }
    }
    files
}
