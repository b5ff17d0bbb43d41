//! The keywords of plays, blocks and tasks, and what to say about the ones that are not here.

use super::looping::KEYWORDS as LOOPS;
use crate::{
    module::Kind,
    source::{Code, Diagnostic, did_you_mean},
    yaml::{Key, Map},
};

/// Keywords of a play.
pub(crate) const PLAY: &[&str] = &[
    "name",
    "hosts",
    "vars",
    "vars_files",
    "tags",
    "roles",
    "pre_tasks",
    "tasks",
    "post_tasks",
    "handlers",
    "strategy",
    "serial",
    "order",
    "max_fail_percentage",
    "any_errors_fatal",
    "force_handlers",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "environment",
    "no_log",
    "check_mode",
    "diff",
    "ignore_errors",
    "ignore_unreachable",
    "run_once",
    "throttle",
    "become",
    "become_user",
    "become_method",
    "become_exe",
    "become_flags",
    "collections",
];

/// Keywords of an imported playbook.
pub(crate) const IMPORT: &[&str] = &["name", "import_playbook", "tags", "vars", "when"];

/// Keywords that blocks, tasks and roles share.
macro_rules! inherited {
    ($($own:literal),* $(,)?) => {
        &[
            $($own,)*
            "name", "vars", "when", "tags", "notify", "environment", "no_log", "ignore_errors", "ignore_unreachable",
            "any_errors_fatal", "run_once", "delegate_to", "delegate_facts", "check_mode", "diff", "throttle", "become",
            "become_user", "become_method", "become_exe", "become_flags", "collections",
        ]
    };
}

/// Keywords of a block.
pub(crate) const BLOCK: &[&str] = inherited!["block", "rescue", "always"];

/// Keywords of a task.
pub(crate) const TASK: &[&str] =
    inherited!["args", "loop", "loop_control", "register", "until", "retries", "delay", "changed_when", "failed_when",];

/// Keywords of a handler: a task's, and `listen`.
pub(crate) const HANDLER: &[&str] = inherited![
    "args",
    "loop",
    "loop_control",
    "register",
    "until",
    "retries",
    "delay",
    "changed_when",
    "failed_when",
    "listen",
];

/// Keywords of a role in a play; every other key is a parameter of the role.
pub(crate) const ROLE: &[&str] = inherited!["role"];

/// Ansible's keywords that lvsctl does not have, with what to do instead.
const ABSENT: &[(&str, &str)] = &[
    ("action", "write the module's name as the key"),
    ("async", "a task may take as long as it needs: remove it"),
    ("connection", "set it up in the inventory or in ssh_config"),
    ("debugger", ""),
    ("fact_path", ""),
    ("local_action", "write the module's name as the key, and `delegate_to: localhost`"),
    ("module_defaults", "write the arguments at the tasks"),
    ("poll", "a task may take as long as it needs: remove it"),
    ("port", "set `ansible_port` in the inventory"),
    ("remote_user", "set `ansible_user` in the inventory"),
    ("timeout", "give the module's own timeout, where it has one"),
    ("vars_prompt", "give the variables with `-e`"),
];

/// Keywords that ask for what is so anyway, or for a part of what is done anyway, with why.
const PASSED_OVER: &[(&str, &str)] = &[
    ("collections", "modules have their short names, and those of ansible.builtin and ansible.posix"),
    ("gather_subset", "all facts come with the connection"),
    ("gather_timeout", "all facts come with the connection"),
];

/// Parts what is only said from what is wrong.
pub(super) fn part(found: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    found.into_iter().partition(|mistake| mistake.code() == Code::IgnoredKeyword)
}

/// What is said of keywords that are passed over.
pub(super) fn passed_over(map: &Map) -> impl Iterator<Item = Diagnostic> + '_ {
    let keys = PASSED_OVER.iter().filter_map(|(name, why)| Some((map.entry(name)?, why)));
    keys.filter(|((_, node), _)| !node.is_null()).map(|((key, _), why)| {
        Diagnostic::new(Code::IgnoredKeyword, format!("`{}` is passed over", key.name), &key.span, "").hint(*why)
    })
}

/// A key that is no keyword of `what` (`play`, `task`, `handler`).
pub(super) fn unknown(key: &Key, what: &str, known: &[&str]) -> Diagnostic {
    if let Some(absent) = absent(key) {
        return absent;
    }
    let title = format!("unknown keyword `{}` in the {what}", key.name);
    let hint = match did_you_mean(&key.name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if what == "play" && Kind::named(&key.name).is_some() => {
            "it is a module: a task stands in the list `tasks` of a play".to_owned()
        }
        None if ["rescue", "always"].contains(&key.name.as_str()) => {
            "it belongs to a block: put the tasks before it into the list `block`".to_owned()
        }
        None if what != "play" && PLAY.contains(&key.name.as_str()) => {
            "it is a keyword of a play: look at the indentation".to_owned()
        }
        None if what == "play" && TASK.contains(&key.name.as_str()) => {
            "it is a keyword of a task: look at the indentation".to_owned()
        }
        None => format!("known keywords: {}", known.join(", ")),
    };
    Diagnostic::new(Code::UnknownKeyword, title, &key.span, "").hint(hint)
}

/// A key of Ansible's that lvsctl does not have.
pub(super) fn absent(key: &Key) -> Option<Diagnostic> {
    let &(_, instead) = ABSENT.iter().find(|(absent, _)| *absent == key.name).or_else(|| {
        let with = &("with_", "use `loop`, with the filters of Jinja");
        key.name.starts_with("with_").then_some(with)
    })?;
    if let Some(meant) =
        did_you_mean(&key.name, LOOPS.iter().map(|(name, _)| *name)).filter(|_| key.name.starts_with("with_"))
    {
        let title = format!("unknown keyword `{}`", key.name);
        let mistake = Diagnostic::new(Code::UnknownKeyword, title, &key.span, "");
        return Some(mistake.hint(format!("did you mean `{meant}`?")));
    }
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
    let near_module = Kind::near(&key.name);
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
