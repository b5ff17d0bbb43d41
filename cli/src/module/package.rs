//! `package`, `apt`, `dnf` and `yum`: software packages by the node's own package manager.

use lvs_agent::state::{self, PackageLists, Presence, Resource};

use super::{Kind, Wanted, arguments::Arguments};

/// The arguments of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    package: Option<state::Package>,
    lists: Option<PackageLists>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Present,
    Latest,
    Absent,
}

const STATES: &[(&str, State)] = &[
    ("present", State::Present),
    ("installed", State::Present),
    ("latest", State::Latest),
    ("absent", State::Absent),
    ("removed", State::Absent),
];

impl Package {
    pub(super) fn read(kind: Kind, from: &mut Arguments<'_>) -> Self {
        let updates = from.flag(&["update_cache", "update-cache"]);
        let max_age = from.optional(&["cache_valid_time"], |node| node.as_number("a number of seconds"));
        let wants_lists = updates.unwrap_or(max_age.is_some());
        let has_names = from.has(&["name", "pkg", "package"]);
        let names = from.optional(&["name", "pkg", "package"], |node| {
            let mut names = Vec::new();
            for name in node.as_list_or_one() {
                names.extend(name.to_text()?.split(',').map(|name| name.trim().to_owned()));
            }
            if names.iter().any(String::is_empty) {
                return Err(node.wrong_value("a package without a name"));
            }
            if let Some(versioned) = names.iter().find(|name| name.contains(['=', '<', '>', '*'])) {
                let title = format!("`{versioned}` asks for a version or is a pattern");
                return Err(node
                    .wrong_value(title)
                    .hint("name packages only; hold a version back by the node's own means"));
            }
            Ok(names)
        });
        let state = from.choice(&["state"], STATES).unwrap_or(State::Present);
        if !has_names && !wants_lists {
            from.missing("name");
        }
        let purge = from.flag(&["purge"]).unwrap_or(false);
        let recommends = from.flag(&["install_recommends", "install-recommends"]);
        if kind == Kind::Package {
            from.text(&["use"]);
        }
        from.refuse(
            &[
                "allow_downgrade",
                "allow_downgrades",
                "allow_unauthenticated",
                "autoclean",
                "autoremove",
                "clean",
                "deb",
                "default_release",
                "disable_excludes",
                "disable_gpg_check",
                "disablerepo",
                "dpkg_options",
                "download_only",
                "enablerepo",
                "exclude",
                "fail_on_autoremove",
                "force",
                "installroot",
                "list",
                "only_upgrade",
                "releasever",
                "security",
                "upgrade",
            ],
            "use `command` with the package manager itself",
        );
        from.text(&["lock_timeout"]);
        from.flag(&["policy_rc_d", "force_apt_get", "update_only"]);
        // Without a name there is nothing else, and to refresh the lists is the change.
        let lists =
            wants_lists.then(|| PackageLists { max_age_seconds: max_age.unwrap_or(0), counts_as_change: !has_names });
        let package = names.filter(|names| !names.is_empty()).map(|names| state::Package {
            names,
            state: if state == State::Absent { Presence::Absent } else { Presence::Present },
            latest: state == State::Latest,
            recommends,
            purge,
        });
        Self { package, lists }
    }

    pub(super) fn wanted(self) -> Vec<Wanted> {
        let lists = self.lists.map(Resource::PackageLists);
        lists.into_iter().chain(self.package.map(Resource::Package)).map(Wanted::plain).collect()
    }
}
