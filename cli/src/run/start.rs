//! Where in a playbook a run begins (`--start-at-task`): at the first task of that name; later plays run whole.

use std::{collections::HashSet, sync::Arc};

use crate::{
    inventory::NamePattern,
    playbook::{Item, Playbook, Task},
    source::{Code, Diagnostic, did_you_mean},
};

/// The tasks before the one where a run begins, by their addresses in the playbook.
pub(super) fn tasks_before(playbook: &Playbook, name: &str) -> Result<HashSet<usize>, Diagnostic> {
    let pattern = NamePattern::new(name);
    let mut before = HashSet::new();
    for play in &playbook.plays {
        for task in Item::tasks(&play.items) {
            if names(task).iter().any(|own| own == name || pattern.matches(own)) {
                return Ok(before);
            }
            before.insert(Arc::as_ptr(task).addr());
        }
    }
    Err(unknown(playbook, name))
}

/// What a task is called: by its name, and with its role's in front.
fn names(task: &Task) -> Vec<String> {
    let role = task.directives.role.as_ref().map(|role| format!("{} : {}", role.name, task.name));
    std::iter::once(task.name.clone()).chain(role).collect()
}

fn unknown(playbook: &Playbook, name: &str) -> Diagnostic {
    let known: Vec<String> =
        playbook.plays.iter().flat_map(|play| Item::tasks(&play.items)).flat_map(|task| names(task)).collect();
    let mistake = Diagnostic::without_place(Code::UnknownTask, format!("no task has the name `{name}`"));
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(meant) => mistake.hint(format!("did you mean `{meant}`?")),
        None => mistake.hint(
            "`--list-tasks` shows them; what `include_tasks` and `include_role` bring is not known before it runs",
        ),
    }
}
