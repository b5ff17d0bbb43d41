//! Who works: which hosts become root, and as whom each task works.
//!
//! The agent is root's, so a session becomes root once, at its start, where anything on its host asks for that. From
//! then on root does a task in the name of the user that Ansible would take: `become_user`, or without `become` the one
//! who logs in. What cannot be done in that name is refused, and not done as root instead.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Run, memory::Memory, scope::TaskScope};
use crate::{
    module::Scope,
    playbook::{Directives, Play, Setting},
    session::{BecomeMethod, Wish, exe, flags, user},
    source::{Diagnostics, Span},
    yaml::Node,
};

/// What playbook and command line say of becoming root, by host.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    asking: BTreeMap<String, Wish>,
    others: Wish,
}

/// As whom a task works, where that is not root.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// The user.
    pub(super) user: String,
    /// Where that is said.
    pub(super) span: Option<Span>,
}

impl Wishes {
    /// What holds for a host, unless its variables say otherwise.
    pub fn of(&self, host: &str) -> &Wish {
        self.asking.get(host).unwrap_or(&self.others)
    }
}

impl Run {
    /// What playbook and command line say of becoming root. A host becomes root if one of its tasks is to.
    pub fn wishes(&self) -> Result<Wishes, Diagnostics> {
        let mut wishes = Wishes { asking: BTreeMap::new(), others: self.options.rights.clone() };
        let memory = Arc::new(Memory::default());
        for (play, hosts) in self.playbook.plays.iter().zip(&self.hosts) {
            let kinds = self.kinds(play);
            if kinds.is_empty() {
                continue;
            }
            let names = self.names(play, hosts, hosts, lvs_agent::wire::Mode::Check);
            let scopes = self.scopes(play, &memory, names, BTreeSet::new());
            for host in hosts {
                if wishes.asking.contains_key(&**host) {
                    continue;
                }
                if !play.vars_files.is_empty() {
                    scopes.read_files(host, &play.directives)?;
                }
                // What only a run can tell is not known here: then the task says what is missing.
                let all = kinds.iter().filter_map(|kind| wish(&scopes.of(host, kind), kind, &self.options.rights).ok());
                if let Some(asking) = all.into_iter().find(|wish| wish.is_asked == Some(true)) {
                    wishes.asking.insert(host.to_string(), asking);
                }
            }
        }
        Ok(wishes)
    }

    /// The keywords of a play's tasks, once for all tasks that have the same about becoming another user.
    fn kinds<'a>(&self, play: &'a Play) -> Vec<&'a Directives> {
        let is_about =
            |name: &String| name.starts_with("ansible_") && (name.contains("become") || name.ends_with("_pass"));
        let of_play = play.vars.keys().any(is_about) || !play.vars_files.is_empty();
        let mut seen = BTreeSet::new();
        let tasks = play.tasks().filter(|task| self.takes(task)).map(|task| &task.directives);
        tasks
            .filter(|directives| {
                let own =
                    directives.vars.iter().chain(directives.role.iter().flat_map(|role| [&role.vars, &role.defaults]));
                of_play || directives.get(Setting::Become).is_some() || own.flat_map(|vars| vars.keys()).any(is_about)
            })
            .filter(|directives| {
                let places = SETTINGS.map(|setting| directives.get(setting).map(|node| node.span.to_string()));
                let vars: Vec<usize> = directives.vars.iter().map(|vars| Arc::as_ptr(vars).addr()).collect();
                seen.insert((places, vars))
            })
            .collect()
    }
}

const SETTINGS: [Setting; 5] =
    [Setting::Become, Setting::BecomeMethod, Setting::BecomeUser, Setting::BecomeExe, Setting::BecomeFlags];

/// What holds in a task: its host's variables, then keywords, then the command line.
pub(super) fn wish(scope: &TaskScope, directives: &Directives, weakest: &Wish) -> Result<Wish, Diagnostics> {
    let text = |setting| -> Result<Option<Node>, Diagnostics> {
        let rendered = directives.get(setting).map(|node| scope.render(node)).transpose()?;
        Ok(rendered.filter(|node| !node.is_null()))
    };
    let keywords = Wish {
        is_asked: scope.flag(directives.get(Setting::Become))?,
        method: text(Setting::BecomeMethod)?.map(|node| BecomeMethod::read(&node)).transpose()?,
        user: text(Setting::BecomeUser)?.map(|node| user(&node)).transpose()?,
        exe: text(Setting::BecomeExe)?.map(|node| exe(&node)).transpose()?,
        flags: text(Setting::BecomeFlags)?.map(|node| flags(&node)).transpose()?,
        password: None,
    };
    let mut found = Vec::new();
    let wish = Wish::of_variables(&|name| scope.variables.node(name), &keywords.or(weakest), &mut found);
    Diagnostics::check(found)?;
    Ok(wish)
}

/// As whom a task works; `None` is root. `login` is the user who logged in, where that was not root.
pub(super) fn worker(
    scope: &TaskScope,
    directives: &Directives,
    weakest: &Wish,
    login: Option<&str>,
) -> Result<Option<Worker>, Diagnostics> {
    let wish = wish(scope, directives, weakest)?;
    let named = match wish.is_asked {
        Some(true) => wish.user,
        _ => login.map(str::to_owned),
    };
    let said = directives.get(Setting::BecomeUser).or(directives.get(Setting::Become));
    let span = said.map(|node| node.span.clone());
    Ok(named.filter(|user| user != "root").map(|user| Worker { user, span }))
}
