//! The modules by name.

use super::{action, arguments::Argument};
use crate::source::did_you_mean;

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
    Apt "apt" "Packages of Debian and its like.",
    Blockinfile "blockinfile" "A block of lines in a file.",
    Command "command" "Runs a command without a shell.",
    Copy "copy" "A file with content from the playbook or from a file beside it.",
    Dnf "dnf" "Packages of Fedora and its like.",
    Fetch "fetch" "A file of the node's, to the controller.",
    File "file" "A folder, a link, the absence of a file, or owner and mode of one.",
    GetUrl "get_url" "A file from elsewhere.",
    Group "group" "A group of users.",
    Hostname "hostname" "The name of the node.",
    Lineinfile "lineinfile" "A line in a file.",
    Modprobe "modprobe" "A kernel module.",
    Package "package" "Software packages by the node's package manager.",
    Ping "ping" "That the node answers.",
    Raw "raw" "Runs a line of shell.",
    Script "script" "Runs a script of the controller's.",
    Service "service" "A service of the init system.",
    Shell "shell" "Runs a line of shell.",
    Slurp "slurp" "The content of a file.",
    Stat "stat" "What is at a path.",
    Sysctl "sysctl" "A kernel parameter.",
    Systemd "systemd" "A service of systemd.",
    SystemdService "systemd_service" "A service of systemd.",
    Template "template" "A file with content from a template.",
    Unarchive "unarchive" "What is in an archive.",
    Uri "uri" "A request over HTTP.",
    User "user" "A user.",
    WaitFor "wait_for" "Waits until a TCP port or a file is as it should be.",
    WaitForConnection "wait_for_connection" "That the node answers.",
    Yum "yum" "Packages of RHEL and its like.",
    LvsIpvsadm "lvs_ipvsadm" "ipvsadm from source, in steps.",
    LvsNetwork "lvs_network" "The node's own devices, addresses and routes.",
    LvsRealServer "lvs_real_server" "What makes a node a real server.",
    LvsDirector "lvs_director" "What makes a node a director.",
    LvsPrune "lvs_prune" "Takes back what a role made and no longer wants.",
    LvsRevert "lvs_revert" "Takes back what a run did.",
    LvsTeardown "lvs_teardown" "Takes back everything that lvsctl made for one purpose.",
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
    Reboot "reboot" "Another boot of the node.",
    SetFact "set_fact" "Remembers values.",
    Setup "setup" "Asks the node what it is.",
    ValidateArgumentSpec "validate_argument_spec" "Fails unless arguments are as a role says.",
}

/// Ansible's collections that have modules of these names.
pub(crate) const COLLECTIONS: &[&str] =
    &["ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."];

/// Modules of Ansible that are not here, with what to use instead.
const INSTEAD: &[(&str, &str)] = &[
    ("apk", "use `package`, which takes the node's own package manager"),
    ("apt_key", "use `copy` into /etc/apt/keyrings"),
    ("apt_repository", "use `copy` into /etc/apt/sources.list.d, and `apt` with `update_cache`"),
    ("assemble", "use `template`, or `copy` for each part"),
    ("async_status", "remove it: a task has a day, and its output is shown as it comes"),
    ("authorized_key", "use `lineinfile` on `~/.ssh/authorized_keys` by its whole path"),
    ("cron", "use `copy` into /etc/cron.d"),
    ("deb822_repository", "use `copy` into /etc/apt/sources.list.d, and `apt` with `update_cache`"),
    ("find", "use `command` with find and `register`"),
    ("firewalld", "use `command` with firewall-cmd"),
    ("getent", "use `command` with getent and `register`"),
    ("git", "use `command` with git and `creates`"),
    ("iptables", "use `copy` for the rules, and `command` to load them"),
    ("known_hosts", "use `lineinfile` on /etc/ssh/ssh_known_hosts"),
    ("mount", "use `lineinfile` on /etc/fstab, and `command` with mount"),
    ("package_facts", "use `command` with dpkg-query or rpm and `register`"),
    ("pacman", "use `package`, which takes the node's own package manager"),
    ("pip", "use `command` with pip and `creates`"),
    ("replace", "use `lineinfile` for a line, `blockinfile` for a block, or `command` with sed"),
    ("rpm_key", "use `command` with rpm --import"),
    ("seboolean", "use `command` with setsebool"),
    ("selinux", "use `lineinfile` on /etc/selinux/config"),
    ("service_facts", "use `command` with systemctl and `register`"),
    ("synchronize", "use `copy`, or `unarchive` for many files"),
    ("tempfile", "use `command` with mktemp and `register`"),
    ("yum_repository", "use `copy` into /etc/yum.repos.d"),
    ("zypper", "use `package`, which takes the node's own package manager"),
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

    /// The short name of the module that was probably meant.
    pub(crate) fn near(name: &str) -> Option<&'static str> {
        did_you_mean(short(name), Self::names())
    }

    /// The arguments that it asks for.
    pub(crate) fn arguments(self) -> Vec<Argument> {
        action::arguments_of(self)
    }

    /// Whether it takes arguments of any name.
    pub(crate) const fn takes_any_argument(self) -> bool {
        matches!(self, Self::SetFact | Self::AddHost)
    }

    /// Whether the controller carries it out itself, and not as resources that the node is sent.
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
                | Self::Reboot
                | Self::SetFact
                | Self::Setup
                | Self::ValidateArgumentSpec
        )
    }

    /// Whether the arguments may be the free text of a command.
    pub(super) const fn takes_free_text(self) -> bool {
        matches!(self, Self::Command | Self::Raw | Self::Script | Self::Shell)
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
