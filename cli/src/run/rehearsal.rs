//! Works out every task for every host without contacting one, to find mistakes that only a host's variables show.
//!
//! What only a run can tell is not known yet: facts, results, and what tasks set. A task that asks for such is passed
//! over.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use lvs_agent::wire::Mode;

use super::{
    Run, loop_items,
    memory::Memory,
    prepare::{Desk, Prepared, Work},
    readiness::Readiness,
    run::{is_new, no_facts},
    scope::TaskScope,
    scopes::Scopes,
};
use crate::{
    module::{Control, Kind},
    playbook::{Play, Task},
    source::{Code, Diagnostic, Diagnostics},
    template::has_template,
    yaml::Node,
};

/// Most items of a loop that are tried.
const ITEMS: usize = 50;

/// Variables of Ansible's that are no facts although they begin like one: what the inventory says of them is known.
pub(super) fn rehearse(run: &Run) -> Result<(), Diagnostics> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let (unknown, is_open) = unknown_names(run);
    let readiness = Readiness::default();
    for (play, hosts) in run.playbook.plays.iter().zip(&run.hosts) {
        let memory = Arc::new(Memory::default());
        let names = run.names(play, hosts, hosts, Mode::Check);
        let scopes = run.scopes(play, &memory, names, unknown.clone());
        for host in hosts {
            let stage = Rehearsal { run, scopes: &scopes, host, readiness: &readiness };
            for mistake in stage.play(play) {
                // Files of variables that are read during the run may define it.
                let is_undefined = mistake.code() == Code::UndefinedVariable;
                // So may tasks of other hosts.
                if is_undefined
                    && (is_open
                        || (mistake.title().starts_with("`hostvars") || mistake.title() == "a value is not defined"))
                {
                    continue;
                }
                if is_new(&mut seen, &mistake) {
                    let label = match mistake.labels().first() {
                        Some((_, what)) if !what.is_empty() => format!("{what} (for {host})"),
                        _ => format!("for {host}"),
                    };
                    found.push(mistake.label(label));
                }
            }
        }
    }
    Diagnostics::check(found)
}

/// Names that tasks set, and whether there may be others.
fn unknown_names(run: &Run) -> (BTreeSet<String>, bool) {
    let mut names: BTreeSet<String> =
        ["ansible_facts", "ansible_failed_task", "ansible_failed_result"].map(str::to_owned).into();
    let mut is_open = false;
    for (_, task) in run.playbook.tasks() {
        names.extend(task.register.clone());
        match task.action.kind() {
            Kind::SetFact => {
                let entries = task.action.arguments().as_map().into_iter().flat_map(crate::yaml::Map::iter);
                for (key, _) in entries {
                    is_open |= key.name.contains("{{");
                    names.insert(key.name.clone());
                }
            }
            Kind::IncludeVars | Kind::IncludeTasks | Kind::IncludeRole => is_open = true,
            _ => {}
        }
    }
    (names, is_open)
}

struct Rehearsal<'a> {
    run: &'a Run,
    scopes: &'a Scopes,
    host: &'a str,
    readiness: &'a Readiness,
}

impl Rehearsal<'_> {
    fn play(&self, play: &Play) -> Vec<Diagnostic> {
        let is_known = play.vars_files.iter().all(|file| !has_template(file));
        if is_known && let Err(mistakes) = self.scopes.read_files(self.host, &play.directives) {
            return mistakes.into_vec();
        }
        let takes = |task: &&Arc<Task>| self.run.takes(task);
        play.tasks().filter(takes).flat_map(|task| self.task(task)).collect()
    }

    fn task(&self, task: &Arc<Task>) -> Vec<Diagnostic> {
        let scope = self.scopes.of(self.host, &task.directives);
        let Some(looping) = &task.looping else { return self.once(task, scope) };
        match loop_items::items(looping, &scope) {
            Ok(items) => (0..items.len().min(ITEMS))
                .flat_map(|index| self.once(task, scope.with(loop_items::variables(looping, &items, index))))
                .collect(),
            Err(_) if scope.variables.asked_for_unknown() => Vec::new(),
            Err(mistakes) => match scope.all_hold(&task.directives.when) {
                Ok(None) => mistakes.into_vec(),
                _ => Vec::new(),
            },
        }
    }

    fn once(&self, task: &Arc<Task>, scope: TaskScope) -> Vec<Diagnostic> {
        let facts = no_facts(self.host);
        let (site, rights) = (&self.run.site, &self.run.options.rights);
        let desk = Desk { site, host: self.host, facts: &facts, readiness: self.readiness, rights, login: None };
        let variables = Arc::clone(&scope.variables);
        match desk.prepare(task, scope) {
            Ok(prepared) => conditions(&prepared),
            Err(_) if variables.asked_for_unknown() => Vec::new(),
            Err(mistakes) => mistakes.into_vec(),
        }
    }
}

/// Conditions are expressions that rendering the arguments does not touch; whether they hold is for the run to say.
fn conditions(prepared: &Prepared) -> Vec<Diagnostic> {
    let Prepared { task, scope, work, .. } = prepared;
    let that = match work {
        // Its result is that it was skipped, which nobody looks at.
        Work::Ended(_) => return Vec::new(),
        Work::Control(Control::Assert { that, .. }) => that.as_slice(),
        _ => &[],
    };
    // The one name that they may have besides.
    let hint = match &task.register {
        Some(name) => format!("the result of the task is `{name}`"),
        None => "the result of the task has a name only with `register`".to_owned(),
    };
    let of_result =
        [&task.until[..], task.changed_when.as_deref().unwrap_or(&[]), task.failed_when.as_deref().unwrap_or(&[])];
    let mistakes_in = |condition: &Node| match scope.all_hold(std::slice::from_ref(condition)) {
        Err(mistakes) => mistakes.into_vec(),
        Ok(_) => Vec::new(),
    };
    let hinted = |mistake: Diagnostic| match mistake.code() {
        Code::UndefinedVariable => mistake.hint(hint.clone()),
        _ => mistake,
    };
    let mut mistakes: Vec<Diagnostic> = that.iter().flat_map(mistakes_in).collect();
    mistakes.extend(of_result.into_iter().flatten().flat_map(mistakes_in).map(hinted));
    if scope.variables.asked_for_unknown() { Vec::new() } else { mistakes }
}
