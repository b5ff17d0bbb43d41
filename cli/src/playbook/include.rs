//! `include_tasks` and `include_role`: tasks that are read when a host comes to them.

use std::{path::Path, sync::Arc};

use super::{
    Directives, Handler, Item, Library, Role, RoleFiles, Task,
    item::{Reader, find_tasks},
    keyword,
    role::Wish,
};
use crate::{
    inventory::Vars,
    source::{Diagnostic, Diagnostics, Source, Span},
    yaml::{Map, Node, Value},
};

/// What a dynamic include asks for, with its templates rendered.
#[derive(Clone, Debug)]
pub enum Bringing {
    /// A file of tasks.
    Tasks {
        /// Its name.
        file: String,
    },
    /// A role.
    Role {
        /// Its name.
        name: String,
        /// Which of its files.
        files: RoleFiles,
        /// Whether its variables are seen by later tasks of the play.
        public: bool,
    },
}

/// What a dynamic include brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brought {
    /// Its tasks.
    pub(crate) items: Vec<Item>,
    /// Handlers of a role.
    pub(crate) handlers: Vec<Handler>,
    /// The role, with those that it depends on.
    pub(crate) roles: Vec<Arc<Role>>,
    /// What is said of keywords that are passed over.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Reads what the include `task` asks for. `params` are the variables of the include; `apply` are keywords for
/// everything that comes with it.
pub(crate) fn bring(
    library: &Library,
    base: &Path,
    task: &Task,
    bringing: &Bringing,
    params: Vars,
    apply: Option<&Node>,
    place: &Span,
) -> Result<Brought, Diagnostics> {
    let mut reader = Reader::new(library, base);
    let mut around = task.around.clone();
    // The include's own keywords hold for the include alone; its variables hold for what comes with it.
    if !params.is_empty() {
        around.include_params.push(Arc::new(params));
    }
    let empty = Map::default();
    let keywords = match apply.map(|node| &node.value) {
        Some(Value::Map(map)) => map,
        _ => &empty,
    };
    let mut found = Vec::new();
    let around: Directives = around.inside_with_vars(keywords, &mut found);
    let brought = match bringing {
        Bringing::Tasks { file } => {
            let role = around.role.as_ref().map(|role| role.folder.as_path());
            let path = find_tasks(file, place, role, base)?;
            let source = Source::read(&path).map_err(Diagnostic::from)?;
            Brought { items: reader.file(&source, &around), ..Brought::default() }
        }
        Bringing::Role { name, files, .. } => {
            let parents = around.role.iter().cloned().collect();
            let wish = Wish { name, place, params: Vars::new(), files: files.clone(), directives: around, parents };
            let parts = reader.role(wish);
            Brought { items: parts.items, handlers: parts.handlers, roles: parts.roles, ..Brought::default() }
        }
    };
    found.append(&mut reader.found);
    let mut brought = brought;
    brought.handlers.append(&mut reader.handlers);
    let (warnings, found) = keyword::part(found);
    Diagnostics::check(found)?;
    brought.warnings = warnings;
    Ok(brought)
}
