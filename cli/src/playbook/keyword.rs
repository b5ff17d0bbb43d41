//! The keywords of plays and tasks, and what to say about the ones that are not here.

use crate::{
    module::Kind,
    source::{Code, Diagnostic, did_you_mean},
    yaml::Key,
};

/// Keywords of a play.
pub(super) const PLAY: &[&str] = &["name", "hosts", "vars", "tags", "tasks", "handlers"];

/// Keywords of an imported playbook.
pub(super) const IMPORT: &[&str] = &["name", "import_playbook", "tags"];

/// Keywords of a task.
pub(super) const TASK: &[&str] = &["name", "vars", "when", "tags", "notify", "args", "no_log", "changed_when"];

/// Keywords of a handler: a task's, without those that make no sense for one, and `listen`.
pub(super) const HANDLER: &[&str] = &["name", "vars", "when", "listen", "args", "no_log", "changed_when"];

/// Ansible's keywords that lvsctl does not have, with what to do instead.
const ABSENT: &[(&str, &str)] = &[
    ("any_errors_fatal", ""),
    ("async", ""),
    ("become", "remove it: modules always work as root on the node"),
    ("become_exe", "remove it: modules always work as root on the node"),
    ("become_flags", "remove it: modules always work as root on the node"),
    ("become_method", "set `ansible_become_method` in the inventory"),
    ("become_user", "remove it: modules always work as root on the node"),
    ("block", "write the tasks one after another, each with its own `when`"),
    ("rescue", ""),
    ("always", ""),
    ("check_mode", "use `lvsctl plan` or `lvsctl apply --check`"),
    ("collections", "remove it: modules are found by their short names"),
    ("connection", "set it up in the inventory or in ssh_config"),
    ("debugger", ""),
    ("delay", ""),
    ("delegate_facts", ""),
    ("delegate_to", "write a play for that host"),
    ("diff", "use `lvsctl apply --diff`"),
    ("environment", ""),
    ("failed_when", ""),
    ("force_handlers", "remove it: handlers that were notified always run, also after a later failure"),
    ("gather_facts", "remove it: facts are always there"),
    ("gather_subset", "remove it: facts are always there"),
    ("gather_timeout", "remove it: facts are always there"),
    ("ignore_errors", ""),
    ("ignore_unreachable", ""),
    ("import_role", "write its tasks into the play"),
    ("import_tasks", "write the tasks into the play"),
    ("include_role", "write its tasks into the play"),
    ("include_tasks", "write the tasks into the play"),
    ("include_vars", "write the variables into the play's `vars` or into the inventory"),
    ("local_action", ""),
    ("action", "write the module's name as the key"),
    ("loop", "give a list to the module where it takes one, or write the tasks one by one"),
    ("loop_control", ""),
    ("max_fail_percentage", ""),
    ("module_defaults", ""),
    ("order", ""),
    ("poll", ""),
    ("port", "set `ansible_port` in the inventory"),
    ("post_tasks", "write the tasks at the end of `tasks`"),
    ("pre_tasks", "write the tasks at the beginning of `tasks`"),
    ("register", ""),
    ("remote_user", "set `ansible_user` in the inventory"),
    ("retries", ""),
    ("roles", "write the tasks of the role into the play"),
    ("run_once", ""),
    ("serial", "use `--limit` to go through the hosts in parts"),
    ("strategy", "remove it: each host goes at its own pace within a play"),
    ("throttle", "use `--forks`"),
    ("timeout", ""),
    ("until", "`wait_for` waits for a port"),
    ("vars_files", "write the variables into the play's `vars` or into the inventory"),
    ("vars_prompt", ""),
];

/// A key that is no keyword of `what` (`play`, `task`, `handler`).
pub(super) fn unknown(key: &Key, what: &str, known: &[&str]) -> Diagnostic {
    if let Some(absent) = absent(key) {
        return absent;
    }
    let title = format!("unknown keyword `{}` in the {what}", key.name);
    let hint = match did_you_mean(&key.name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known keywords: {}", known.join(", ")),
    };
    Diagnostic::new(Code::UnknownKeyword, title, &key.span, "").hint(hint)
}

/// A key of Ansible's that lvsctl does not have.
pub(super) fn absent(key: &Key) -> Option<Diagnostic> {
    let with = key.name.starts_with("with_");
    let name = if with { "loop" } else { key.name.as_str() };
    let &(_, instead) = ABSENT.iter().find(|(absent, _)| *absent == name)?;
    let title = format!("lvsctl does not have Ansible's `{}` yet", key.name);
    let hint = if instead.is_empty() { "remove it, or do this part with Ansible" } else { instead };
    Some(Diagnostic::new(Code::UnknownKeyword, title, &key.span, "not supported").hint(hint))
}

/// A key of a task that is neither a keyword nor a module.
pub(super) fn unknown_module(key: &Key, known: &[&str]) -> Diagnostic {
    if let Some(absent) = absent(key) {
        return absent;
    }
    let near_keyword = did_you_mean(&key.name, known.iter().copied());
    let near_module = did_you_mean(&key.name, Kind::names());
    if near_keyword.is_some() && near_module.is_none() {
        return unknown(key, "task", known);
    }
    let (title, hint) = match Kind::instead(&key.name) {
        Some(instead) => (format!("lvsctl does not have Ansible's module `{}` yet", key.name), instead.to_owned()),
        None => (
            format!("unknown module `{}`", key.name),
            match near_module {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("modules: {}", Kind::names().collect::<Vec<_>>().join(", ")),
            },
        ),
    };
    Diagnostic::new(Code::UnknownModule, title, &key.span, "").hint(hint)
}
