//! `--list-hosts`, `--list-tasks`, `--list-tags`: what a playbook would do, without contacting a node.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use super::{
    Error,
    prepared::{Prepared, Selection},
};
use crate::{
    args::{RunOptions, TaskOptions},
    playbook::{Item, Play},
};

/// The lists that were asked for, if any.
pub(super) fn of(playbook: Option<&Path>, options: &RunOptions, tasks: &TaskOptions) -> Result<Option<String>, Error> {
    if !(tasks.list_hosts || tasks.list_tasks || tasks.list_tags) {
        return Ok(None);
    }
    let prepared = Prepared::load(&options.sources)?;
    let run = prepared.into_run(playbook, Selection::new(options.limit.as_deref(), tasks))?;
    let mut text = String::new();
    for (number, (play, hosts)) in run.plays().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "play #{} ({}): {}", number + 1, play.hosts.span.text().trim(), play.name);
        if tasks.list_hosts {
            let _ = writeln!(text, "  hosts ({}):", hosts.len());
            for host in hosts {
                let _ = writeln!(text, "    {host}");
            }
        }
        if tasks.list_tasks {
            text += "  tasks:\n";
            for task in asked_for(play, &run) {
                let role = task.directives.role.as_ref().map(|role| format!("{} : ", role.name)).unwrap_or_default();
                let _ = writeln!(text, "    {role}{}\ttags: [{}]", task.name, task.tags().join(", "));
            }
        }
        if tasks.list_tags {
            let tags: BTreeSet<&String> = asked_for(play, &run).flat_map(crate::playbook::Task::tags).collect();
            let tags: Vec<&str> = tags.into_iter().map(String::as_str).collect();
            let _ = writeln!(text, "  tags: [{}]", tags.join(", "));
        }
    }
    Ok(Some(text))
}

fn asked_for<'a>(play: &'a Play, run: &'a crate::run::Run) -> impl Iterator<Item = &'a crate::playbook::Task> {
    Item::tasks(&play.items).into_iter().filter(|task| run.takes(task)).map(AsRef::as_ref)
}
