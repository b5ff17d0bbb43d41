//! The keywords that a play, a role or a block hands down to what is inside of it.
//!
//! Some are added to (`when`, `tags`, `vars`, `environment`, `notify`); of the others the nearest wins. They are handed
//! down when a playbook is read, so that a task knows all that holds for it.

use std::{collections::BTreeMap, sync::Arc};

use super::{Role, keyword, read};
use crate::{
    inventory::Vars,
    session::{BecomeMethod, exe, flags, user},
    source::{Code, Diagnostic, Span},
    template::has_template,
    yaml::{Map, Node, Value},
};

/// The keywords that hold for a task, with those of everything around it.
#[derive(Clone, Debug, Default)]
pub struct Directives {
    /// Variables of blocks and of the task, the weakest first.
    pub vars: Vec<Arc<Vars>>,
    /// Variables of the dynamic includes around it, the weakest first.
    pub include_params: Vec<Arc<Vars>>,
    /// Conditions, all of which must hold, the outermost first.
    pub when: Vec<Node>,
    /// Tags.
    pub tags: Vec<String>,
    /// Handlers that a change notifies.
    pub notify: Vec<Node>,
    /// Mappings of environment variables, the weakest first.
    pub environment: Vec<Node>,
    /// The role that it is part of.
    pub role: Option<Arc<Role>>,
    pub(super) settings: BTreeMap<Setting, Node>,
}

/// A keyword of which the nearest wins. Its value may be a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// `any_errors_fatal`.
    AnyErrorsFatal,
    /// `become`.
    Become,
    /// `become_exe`.
    BecomeExe,
    /// `become_flags`.
    BecomeFlags,
    /// `become_method`.
    BecomeMethod,
    /// `become_user`.
    BecomeUser,
    /// `check_mode`.
    CheckMode,
    /// `delegate_facts`.
    DelegateFacts,
    /// `delegate_to`.
    DelegateTo,
    /// `diff`.
    Diff,
    /// `ignore_errors`.
    IgnoreErrors,
    /// `ignore_unreachable`.
    IgnoreUnreachable,
    /// `no_log`.
    NoLog,
    /// `run_once`.
    RunOnce,
    /// `throttle`.
    Throttle,
}

impl Setting {
    pub(crate) const ALL: [(Self, &str); 15] = [
        (Self::AnyErrorsFatal, "any_errors_fatal"),
        (Self::Become, "become"),
        (Self::BecomeExe, "become_exe"),
        (Self::BecomeFlags, "become_flags"),
        (Self::BecomeMethod, "become_method"),
        (Self::BecomeUser, "become_user"),
        (Self::CheckMode, "check_mode"),
        (Self::DelegateFacts, "delegate_facts"),
        (Self::DelegateTo, "delegate_to"),
        (Self::Diff, "diff"),
        (Self::IgnoreErrors, "ignore_errors"),
        (Self::IgnoreUnreachable, "ignore_unreachable"),
        (Self::NoLog, "no_log"),
        (Self::RunOnce, "run_once"),
        (Self::Throttle, "throttle"),
    ];

    fn is_fit(self, node: &Node) -> Result<(), Diagnostic> {
        match self {
            Self::BecomeExe => exe(node).map(drop),
            Self::BecomeFlags => flags(node).map(drop),
            Self::BecomeMethod => BecomeMethod::read(node).map(drop),
            Self::BecomeUser => user(node).map(drop),
            Self::DelegateTo => node.as_str().map(drop),
            Self::Throttle => node.as_number::<u16>("a number of hosts").map(drop),
            _ => node.as_bool().map(drop),
        }
    }

    /// Whether it takes `true` or `false`.
    pub(crate) fn is_flag(self) -> bool {
        !matches!(
            self,
            Self::BecomeExe
                | Self::BecomeFlags
                | Self::BecomeMethod
                | Self::BecomeUser
                | Self::DelegateTo
                | Self::Throttle
        )
    }
}

impl Directives {
    /// The value of a setting, not yet rendered.
    pub fn get(&self, setting: Setting) -> Option<&Node> {
        self.settings.get(&setting)
    }

    /// Whether a setting is there with a value that says yes, or that only a host's variables can tell.
    pub fn may_be(&self, setting: Setting) -> bool {
        self.get(setting).is_some_and(|node| node.as_bool().unwrap_or(true))
    }

    /// What holds inside of something with these keywords. `vars` of a play are no directive: they have a rank of their
    /// own.
    pub(super) fn inside(&self, map: &Map, found: &mut Vec<Diagnostic>) -> Self {
        let mut inside = self.clone();
        found.extend(keyword::passed_over(map));
        inside.tags.extend(read::tags(map, found));
        inside.notify.extend(read::list(map, "notify").iter().cloned());
        for condition in read::list(map, "when") {
            match condition.value {
                Value::String(_) | Value::Bool(_) => inside.when.push(condition.clone()),
                _ => found.push(condition.wrong_type("a condition")),
            }
        }
        for environment in read::list(map, "environment") {
            match environment.value {
                Value::Map(_) => inside.environment.push(environment.clone()),
                Value::String(_) if has_template(environment) => inside.environment.push(environment.clone()),
                _ => found.push(
                    environment.wrong_type("a mapping of environment variables").hint("write each as `NAME: value`"),
                ),
            }
        }
        for (setting, name) in Setting::ALL {
            let Some(node) = map.get(name).filter(|node| !node.is_null()) else { continue };
            if !has_template(node)
                && let Err(error) = setting.is_fit(node)
            {
                found.push(error);
            }
            inside.settings.insert(setting, node.clone());
        }
        inside
    }

    /// As [`Self::inside`], with the `vars`.
    pub(super) fn inside_with_vars(&self, map: &Map, found: &mut Vec<Diagnostic>) -> Self {
        let mut inside = self.inside(map, found);
        let vars = read::vars(map, found);
        if !vars.is_empty() {
            inside.vars.push(Arc::new(vars));
        }
        inside
    }
}

/// Work as another user than root.
pub(crate) fn become_another(user: &str, span: &Span) -> Diagnostic {
    let title = format!("lvsctl does this as root only, and it is to be done as `{user}`");
    Diagnostic::new(Code::UnsupportedBecome, title, span, "")
        .hint("`become: true` does it as root; `command` and `shell` work as another user; files take `owner`")
}
