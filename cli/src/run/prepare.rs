//! What a task wants of one host: pure.

use std::{collections::BTreeMap, sync::Arc};

use lvs_agent::wire::Facts;

use super::{ClusterSite, as_user::as_user, done::Done, readiness::Readiness, rights, scope::TaskScope};
use crate::{
    module::{Context, Control, LvsVerify, Module, Scope, Wanted},
    playbook::{Setting, Task},
    session::{Connection, Target, Wish},
    source::{Code, Diagnostic, Diagnostics},
    template::{printed, to_value},
    yaml::{Map, Node},
};

/// A task, or one item of its loop, ready to be carried out on one host.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// Name of the task.
    pub(super) name: String,
    /// The task.
    pub(super) task: Arc<Task>,
    /// Its variables.
    pub(super) scope: TaskScope,
    /// What is to be done.
    pub(super) work: Work,
    /// Variables for the environment of what it runs.
    pub(super) environment: BTreeMap<String, String>,
    /// What its commands print is a secret.
    pub(super) no_log: bool,
}

/// What is to be done for a task.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Nothing more.
    Ended(Box<Done>),
    /// These, in order.
    Make(Vec<Wanted>),
    /// Traffic, by the controller.
    Verify(LvsVerify),
    /// What the controller does by itself.
    Control(Control),
}

/// Where the work is prepared for one host.
pub(super) struct Desk<'a> {
    pub(super) site: &'a ClusterSite,
    /// The host whose node is to be changed.
    pub(super) host: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) readiness: &'a Readiness,
    /// What the command line says of becoming another user.
    pub(super) rights: &'a Wish,
    /// The user who logged in, where that was not root.
    pub(super) login: Option<String>,
}

impl Desk<'_> {
    /// A task, with its variables.
    pub(super) fn prepare(&self, task: &Arc<Task>, scope: TaskScope) -> Result<Prepared, Diagnostics> {
        let no_log = task.no_log();
        match self.work_in_environment(task, &scope) {
            Ok((work, environment)) => {
                let name = scope.text_or_raw(&task.name, &task.span);
                Ok(Prepared { name, task: Arc::clone(task), scope, work, environment, no_log })
            }
            Err(mistakes) if no_log => {
                let hidden = mistakes.into_vec().into_iter().map(|mistake| mistake.no_log(&task.span)).collect();
                Diagnostics::check(hidden).map(|()| unreachable!("there is at least one mistake"))
            }
            Err(mistakes) => Err(mistakes),
        }
    }

    fn work_in_environment(
        &self,
        task: &Task,
        scope: &TaskScope,
    ) -> Result<(Work, BTreeMap<String, String>), Diagnostics> {
        if let Some(condition) = scope.all_hold(&task.directives.when)? {
            let text = condition.to_text().unwrap_or_default();
            return Ok((Work::Ended(Box::new(Done::skipped(Some(text), None))), BTreeMap::new()));
        }
        let environment = environment(&task.directives.environment, scope)?;
        Ok((self.work(task, scope)?, environment))
    }

    fn work(&self, task: &Task, scope: &TaskScope) -> Result<Work, Diagnostics> {
        let held_back = |reason| Ok(Work::Ended(Box::new(Done::skipped(None, Some(reason)))));
        let module = task.action.resolve(scope)?;
        match module {
            Module::Control(Control::Reboot(reboot)) => {
                self.check_reboot(task, scope)?;
                return Ok(Work::Control(Control::Reboot(reboot)));
            }
            Module::Control(control) => return Ok(Work::Control(control)),
            Module::Verify(verify) => {
                return match self.readiness.unfit_for_verification() {
                    Some(reason) => held_back(reason),
                    None => Ok(Work::Verify(verify)),
                };
            }
            _ => {}
        }
        let leaving = match &module {
            Module::LvsPrune(prune) => Some(prune.role),
            Module::LvsTeardown(teardown) => teardown.part,
            _ => None,
        };
        if let Some(reason) = leaving.and_then(|stage| self.readiness.holds_back(stage)) {
            return held_back(reason);
        }
        let context = Context {
            scope,
            facts: self.facts,
            node: self.site.node(self.host),
            sensitive: task.no_log(),
            counts_as_change: !task.never_changes(),
        };
        let wanted = module.expand(&context)?;
        Ok(Work::Make(match rights::worker(scope, &task.directives, self.rights, self.login.as_deref())? {
            Some(worker) => as_user(wanted, &worker, &task.span)?,
            None => wanted,
        }))
    }
}

impl Desk<'_> {
    /// The machine that lvsctl runs on cannot be rebooted: nobody would go on.
    fn check_reboot(&self, task: &Task, scope: &TaskScope) -> Result<(), Diagnostics> {
        let host = match task.directives.get(Setting::DelegateTo) {
            None => self.host.to_owned(),
            Some(node) => scope.render(node)?.to_text()?,
        };
        let connection = self.site.inventory().host(&host).map(|host| Target::of(host, self.rights)).transpose()?;
        let connection = connection.map(|target| target.connection);
        if !matches!(connection, None | Some(Connection::Local { .. })) {
            return Ok(());
        }
        let title = "`reboot` would take down the machine that lvsctl runs on";
        let mistake = Diagnostic::new(Code::BadModuleArguments, title, &task.span, "no connection over SSH");
        Err(mistake.hint("run lvsctl from another machine, with `ansible_connection: ssh`").into())
    }
}

/// The variables of a task's environment: of mappings, the weakest first.
fn environment(mappings: &[Node], scope: &TaskScope) -> Result<BTreeMap<String, String>, Diagnostics> {
    let mut environment = BTreeMap::new();
    for mapping in mappings {
        let rendered = scope.render(mapping)?;
        let is_empty = rendered.is_null() || rendered.as_str().is_ok_and(str::is_empty);
        for (key, value) in (!is_empty).then(|| rendered.as_map()).transpose()?.into_iter().flat_map(Map::iter) {
            let text = text_of(value)?;
            if key.name.is_empty() || key.name.contains(['=', '\0']) || text.contains('\0') {
                let title = format!("`{}` cannot be a variable of the environment", key.name.escape_debug());
                return Err(value.wrong_value(title).into());
            }
            environment.insert(key.name.clone(), text);
        }
    }
    Ok(environment)
}

/// A value as Python writes it, which is how Ansible hands it on.
fn text_of(value: &Node) -> Result<String, Diagnostic> {
    printed(&to_value(value)).map_err(|error| {
        Diagnostic::new(Code::TemplateFailed, format!("not a value for the environment: {error}"), &value.span, "")
    })
}
