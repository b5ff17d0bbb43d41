//! The modules by name.

use super::{action, arguments::Argument};

macro_rules! kinds {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// A module.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in a playbook.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it does, in a few words.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc,)*
                }
            }
        }
    };
}

kinds! {
    Command "command" "Runs a command without a shell.",
    Copy "copy" "A file with content from the playbook or from a file beside it.",
    File "file" "A folder, a link, the absence of a file, or owner and mode of one.",
    Modprobe "modprobe" "A kernel module.",
    Package "package" "Software packages by the node's package manager.",
    Service "service" "A service of the init system.",
    Sysctl "sysctl" "A kernel parameter.",
    Template "template" "A file with content from a template.",
    WaitFor "wait_for" "Waits until a TCP port answers.",
    LvsNetwork "lvs_network" "The node's own devices, addresses and routes.",
    LvsRealServer "lvs_real_server" "What makes a node a real server.",
    LvsDirector "lvs_director" "What makes a node a director.",
    LvsPrune "lvs_prune" "Takes back what a role made and no longer wants.",
    LvsVerify "lvs_verify" "Sends traffic through every VIP from the node.",
    AddHost "add_host" "A host that the inventory does not have.",
    Assert "assert" "Fails unless conditions hold.",
    Debug "debug" "Tells something.",
    Fail "fail" "Fails.",
    GroupBy "group_by" "Puts a host into a group.",
    IncludeRole "include_role" "Tasks of a role, read when a host comes to them.",
    IncludeTasks "include_tasks" "Tasks of a file, read when a host comes to them.",
    IncludeVars "include_vars" "Remembers variables of files.",
    Meta "meta" "Does something to the run itself.",
    Pause "pause" "Waits.",
    SetFact "set_fact" "Remembers values.",
    Setup "setup" "Asks the node what it is.",
}

/// Ansible's collections that have modules of these names.
pub(crate) const COLLECTIONS: &[&str] =
    &["ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."];

/// Modules of Ansible that are not here, with what to use instead.
const INSTEAD: &[(&str, &str)] = &[
    ("apk", "use `package`, which takes the node's own package manager"),
    ("apt", "use `package`, which takes the node's own package manager"),
    ("blockinfile", "write the whole file with `template` or `copy`"),
    ("dnf", "use `package`, which takes the node's own package manager"),
    ("fetch", "use scp"),
    ("get_url", "use `command` with curl and `creates`"),
    ("group", "use `command` with groupadd and `creates`"),
    ("hostname", "use `command` with hostnamectl"),
    ("lineinfile", "write the whole file with `template` or `copy`"),
    ("ping", "remove it: all hosts are reached before the first step"),
    ("raw", "use `command`"),
    ("reboot", "use `command` with systemd-run, and run lvsctl again"),
    ("script", "use `copy` and `command`"),
    ("shell", "use `command`, which needs no quoting; for a pipe, put a script there with `copy`"),
    ("stat", "`command` has `creates` and `removes`"),
    ("systemd", "use `service`"),
    ("systemd_service", "use `service`"),
    ("unarchive", "use `command` with tar and `creates`"),
    ("uri", "use `wait_for`, or `lvsctl verify` for the cluster"),
    ("user", "use `command` with useradd"),
    ("wait_for_connection", "remove it: all hosts are reached before the first step"),
    ("yum", "use `package`, which takes the node's own package manager"),
];

impl Kind {
    /// A module by its short or full name.
    pub fn named(name: &str) -> Option<Self> {
        let name = match short(name) {
            "gather_facts" => "setup",
            name => name,
        };
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The short names of all modules.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|kind| kind.name())
    }

    /// The arguments that it asks for.
    pub(crate) fn arguments(self) -> Vec<Argument> {
        action::arguments_of(self)
    }

    /// Whether it takes arguments of any name.
    pub(crate) const fn takes_any_argument(self) -> bool {
        matches!(self, Self::SetFact | Self::AddHost)
    }

    /// Whether the controller carries it out itself, without the node.
    pub const fn is_control(self) -> bool {
        matches!(
            self,
            Self::AddHost
                | Self::Assert
                | Self::Debug
                | Self::Fail
                | Self::GroupBy
                | Self::IncludeRole
                | Self::IncludeTasks
                | Self::IncludeVars
                | Self::Meta
                | Self::Pause
                | Self::SetFact
                | Self::Setup
        )
    }

    /// What to use instead of a module of Ansible's that is not here.
    pub(crate) fn instead(name: &str) -> Option<&'static str> {
        let name = short(name);
        INSTEAD.iter().find(|(absent, _)| *absent == name).map(|(_, instead)| *instead)
    }
}

fn short(name: &str) -> &str {
    COLLECTIONS.iter().find_map(|collection| name.strip_prefix(collection)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_ansibles_full_names_too() {
        assert_eq!(Kind::named("ansible.builtin.package"), Some(Kind::Package));
        assert_eq!(Kind::named("ansible.posix.sysctl"), Some(Kind::Sysctl));
        assert_eq!(Kind::named("example.other.package"), None);
    }
}
