//! Makes the variables of hosts in the tasks of one play, in Ansible's order of precedence.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    magic::{Magic, PlayNames, World},
    scope::TaskScope,
    variables::{Layer, Variables},
};
use crate::{
    inventory::Vars,
    module::Scope,
    playbook::{Directives, Play, Role, folder_of, read_vars},
    source::{Code, Diagnostic, Diagnostics},
    yaml::Node,
};

/// Makes the variables of hosts in the tasks of one play.
pub(super) struct Scopes {
    pub(super) world: World,
    pub(super) names: Arc<PlayNames>,
    pub(super) extra: Arc<Vars>,
    play_vars: Arc<Vars>,
    vars_files: Vec<Node>,
    /// The folder of the playbook; the shipped ones have none.
    folder: Option<PathBuf>,
    /// Roles whose variables every task of the play sees.
    roles: Mutex<Vec<Arc<Role>>>,
    /// For each host what its `vars_files` have.
    files: Mutex<HashMap<String, Arc<Vars>>>,
    /// Names whose values only a run can tell.
    unknown: Arc<BTreeSet<String>>,
}

impl Scopes {
    pub(super) fn new(
        world: World,
        names: Arc<PlayNames>,
        extra: Arc<Vars>,
        play: &Play,
        unknown: BTreeSet<String>,
    ) -> Self {
        Self {
            world,
            names,
            extra,
            play_vars: Arc::clone(&play.vars),
            vars_files: play.vars_files.clone(),
            folder: folder_of(play.span.source()).map(Path::to_owned),
            roles: Mutex::new(play.roles.clone()),
            files: Mutex::default(),
            unknown: Arc::new(unknown),
        }
    }

    /// From here on every task sees the variables of this role.
    pub(super) fn publish(&self, role: Arc<Role>) {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner).push(role);
    }

    /// The variables of a host where these keywords hold.
    pub(super) fn of(&self, host: &str, directives: &Directives) -> TaskScope {
        let known = self.world.memory.of(host);
        let role = directives.role.clone();
        let magic = Magic {
            world: self.world.clone(),
            host: host.to_owned(),
            play: Arc::clone(&self.names),
            role: role.clone(),
        };
        let written = |vars: &Arc<Vars>| Layer::Written(Arc::clone(vars));
        let mut layers = vec![Layer::Names(Arc::new(magic)), written(&self.extra)];
        layers.extend(directives.include_params.iter().rev().map(written));
        layers.extend(role.iter().map(|role| written(&role.params)));
        layers.extend([Layer::Known(known.set), Layer::Written(known.included)]);
        layers.extend(directives.vars.iter().rev().map(written));
        let roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = || role.iter().chain(roles.iter().rev());
        layers.extend(all().map(|role| written(&role.vars)));
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned();
        layers.extend(files.map(Layer::Written));
        layers.extend([written(&self.play_vars), Layer::Known(known.facts)]);
        layers.extend(self.world.written.get(host).map(written));
        layers.extend(all().map(|role| written(&role.defaults)));
        let folders = role.iter().map(|role| role.folder.clone()).chain(self.folder.clone());
        TaskScope {
            engine: self.world.engine.clone(),
            variables: Variables::new(&self.world.engine, layers, Arc::clone(&self.unknown)),
            folders: folders.collect(),
        }
    }

    /// Reads the `vars_files` for a host: their names may depend on it.
    pub(super) fn read_files(&self, host: &str, directives: &Directives) -> Result<(), Diagnostics> {
        let mut vars = Vars::new();
        for entry in &self.vars_files {
            // Each may be named by what the ones before it say.
            let scope = self.of(host, directives);
            let choices = entry.as_list_or_one();
            let mut tried = Vec::new();
            let mut found = None;
            for choice in choices {
                let name = scope.render(choice)?.to_text()?;
                found = file(&name, choice);
                if found.is_some() {
                    break;
                }
                tried.push(name);
            }
            let Some(path) = found else {
                let title = format!("there is no file `{}` of variables", tried.join("`, `"));
                let hint = "it is looked for beside the playbook, and in `vars` there";
                return Err(Diagnostic::new(Code::FileNotReadable, title, &entry.span, "named here").hint(hint).into());
            };
            vars.extend(read_vars(&path)?);
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            files.insert(host.to_owned(), Arc::new(vars.clone()));
        }
        Ok(())
    }
}

fn file(name: &str, place: &Node) -> Option<PathBuf> {
    let beside = folder_of(place.span.source()).unwrap_or(Path::new(""));
    [beside.join(name), beside.join("vars").join(name)].into_iter().find(|path| path.is_file())
}
