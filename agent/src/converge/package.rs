//! Software packages by the node's own package manager.

use std::collections::BTreeSet;

use super::{Converge, On, apt::Apt, rpm_and_others::Manager};
use crate::{
    facts::package_manager,
    node::Node,
    state::{Package, PackageLists, Presence, Resource},
    wire::{Change, Failure, Side, Stream, Values},
};

/// A package manager, as far as it is needed here.
pub(super) trait Packages {
    /// Which of these packages are installed.
    fn installed(&self, names: &[String]) -> Result<BTreeSet<String>, Failure>;

    /// Which of these packages have a newer version.
    fn outdated(&self, names: &[String]) -> Result<BTreeSet<String>, Failure>;

    /// Installs packages in one transaction.
    fn install(&self, names: &[&str], how: How, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure>;

    /// Removes packages in one transaction.
    fn remove(&self, names: &[&str], how: How, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure>;

    /// Refreshes the lists of what there is.
    fn refresh(&self, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure>;

    /// What was last touched when the lists were refreshed.
    fn lists(&self) -> &'static str;
}

/// How packages are installed or removed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How {
    /// Also what is there already, to a newer version.
    pub(super) upgrades: bool,
    pub(super) recommends: bool,
    pub(super) purges: bool,
}

/// Which of the packages are installed.
#[derive(Debug)]
pub(crate) struct Installed(BTreeSet<String>);

impl Converge for On<'_, Package> {
    type Live = Installed;

    fn query(&self) -> Result<Installed, Failure> {
        let names = &self.resource.names;
        if let Some(bad) = names.iter().find(|name| !is_package_name(name)) {
            return Err(Failure::new("look for a package", format!("{bad:?} is no name of one")));
        }
        let manager = manager(self.node, names)?;
        let mut installed = manager.installed(names)?;
        if self.resource.latest && self.resource.state == Presence::Present {
            for outdated in manager.outdated(names)? {
                installed.remove(&outdated);
            }
        }
        Ok(Installed(installed))
    }

    fn diff(&self, live: &Installed) -> Vec<Change> {
        let change = match self.resource.state {
            Presence::Present => Change::add,
            Presence::Absent => Change::remove,
        };
        self.different(live).into_iter().map(|name| change(format!("package {name}"), Side::Present)).collect()
    }

    fn apply(&self, live: &Installed, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let names = self.different(live);
        let Package { latest, recommends, purge, .. } = *self.resource;
        let how = How { upgrades: latest, recommends: recommends == Some(true), purges: purge };
        let manager = manager(self.node, &self.resource.names)?;
        match self.resource.state {
            Presence::Present => manager.install(&names, how, output),
            Presence::Absent => manager.remove(&names, how, output),
        }
    }

    fn undo(&self, live: &Installed) -> Vec<Resource> {
        let names: Vec<String> = self.different(live).into_iter().map(str::to_owned).collect();
        let state = match self.resource.state {
            Presence::Present => Presence::Absent,
            Presence::Absent => Presence::Present,
        };
        // An older version cannot be had again.
        if names.is_empty() || self.resource.latest {
            return Vec::new();
        }
        vec![Resource::Package(Package { names, state, ..Package::default() })]
    }
}

impl<'a> On<'a, Package> {
    /// The packages that are there and should not be, or the other way round.
    fn different(&self, live: &Installed) -> Vec<&'a str> {
        let wanted = self.resource.state == Presence::Present;
        let names = self.resource.names.iter().map(String::as_str);
        names.filter(|name| live.0.contains(*name) != wanted).collect()
    }
}

/// The node's package manager.
fn manager<'a>(node: &'a Node, names: &[String]) -> Result<Box<dyn Packages + 'a>, Failure> {
    let root = &node.root;
    let Some(manager) = package_manager(root) else {
        let tried = format!("look for the packages {}", names.join(" "));
        return Err(Failure::new(tried, "this node has no package manager that lvsctl knows"));
    };
    Ok(match Manager::new(root, manager) {
        Some(manager) => Box::new(manager),
        None => Box::new(Apt(root)),
    })
}

/// How long ago the lists were refreshed, in seconds; `None` is never.
#[derive(Debug)]
pub(crate) struct Age(Option<u64>);

impl Converge for On<'_, PackageLists> {
    type Live = Age;

    fn query(&self) -> Result<Age, Failure> {
        let lists = self.node.root.path(manager(self.node, &[])?.lists());
        let touched = std::fs::metadata(lists).and_then(|metadata| metadata.modified());
        Ok(Age(touched.ok().map(|touched| touched.elapsed().map_or(0, |age| age.as_secs()))))
    }

    fn diff(&self, Age(age): &Age) -> Vec<Change> {
        let before = match age {
            Some(age) if *age <= self.resource.max_age_seconds && self.resource.max_age_seconds > 0 => {
                return Vec::new();
            }
            Some(age) => format!("{age} s old"),
            None => "missing".to_owned(),
        };
        vec![Change::set("package lists", before, "fresh")]
    }

    fn apply(&self, _: &Age, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        manager(self.node, &[])?.refresh(output)
    }

    fn undo(&self, _: &Age) -> Vec<Resource> {
        Vec::new()
    }

    fn verify(&self, _: &Age) -> Vec<Change> {
        Vec::new()
    }

    fn result(&self, found: &Age, _: &Age) -> Values {
        let mut values = Values::new();
        values.insert("cache_updated".to_owned(), (!self.diff(found).is_empty()).into());
        values
    }
}

/// Names as Debian and RPM have them, with `:ARCH`; no option, no version, no pattern.
fn is_package_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:".contains(&byte))
        // A trailing `+` or `-` turns apt-get's meaning around.
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        converge::test::{converge, shown},
        node::fake::FakeNode,
    };

    fn package(names: &[&str], state: Presence) -> Package {
        Package { names: names.iter().map(|&name| name.to_owned()).collect(), state, ..Package::default() }
    }

    fn node() -> FakeNode {
        let fake = FakeNode::new();
        fake.write("/usr/bin/apt-get", "");
        fake.write("/var/lib/dpkg/status", "Package: nginx\nStatus: install ok installed\nArchitecture: amd64\n");
        fake.write("/var/lib/apt/lists/local_Packages", "");
        fake.program(
            "apt-get",
            r#"echo "$*" >>"$ROOT/calls"
            verb= ; names=
            for word; do case "$word" in --) names=yes ;; install|remove) verb=$word ;; *) [ -z "$names" ] || set -- "$word" ;; esac; done
            if [ "$verb" = install ]; then
                printf '\nPackage: %s\nStatus: install ok installed\nArchitecture: amd64\n' "$1" >>"$ROOT/var/lib/dpkg/status"
            else
                sed -i "/^Package: $1\$/,/^\$/s/ok installed/ok config-files/" "$ROOT/var/lib/dpkg/status"
            fi"#,
        );
        fake
    }

    #[test]
    fn only_what_is_missing_is_installed_and_only_that_is_taken_back() {
        let fake = node();
        let resource = package(&["nginx", "ipvsadm"], Presence::Present);
        let on = On { node: &fake.node, resource: &resource };
        let before = on.undo(&on.query().unwrap());
        assert_eq!(shown(&converge(&on).unwrap()), ["+ package ipvsadm"]);
        assert!(fake.read("/calls").trim_end().ends_with(" -- ipvsadm"), "{}", fake.read("/calls"));
        assert_eq!(converge(&on).unwrap(), []);
        assert_eq!(before, [Resource::Package(package(&["ipvsadm"], Presence::Absent))]);
        let resource = package(&["ipvsadm"], Presence::Absent);
        assert_eq!(shown(&converge(&On { node: &fake.node, resource: &resource }).unwrap()), ["- package ipvsadm"]);
    }

    #[test]
    fn lists_that_are_old_or_missing_are_refreshed() {
        let fake = node();
        fake.program("apt-get", r#"for word; do [ "$word" = update ] && mkdir -p "$ROOT/var/lib/apt/lists" && touch "$ROOT/updated"; done; true"#);
        let lists = |max_age_seconds| PackageLists { max_age_seconds, counts_as_change: true };
        let differ = |max_age| {
            let resource = lists(max_age);
            let on = On { node: &fake.node, resource: &resource };
            on.diff(&on.query().unwrap()).len()
        };
        assert_eq!((differ(3600), differ(0)), (0, 1));
        converge(&On { node: &fake.node, resource: &lists(0) }).unwrap();
        assert!(fake.at("/updated").exists());
    }

    #[test]
    fn a_name_cannot_be_an_option_or_turn_an_install_into_a_removal() {
        let fake = node();
        for name in ["", "-o=x", "nginx-", "a b", "a=1", "*", "../x"] {
            let resource = package(&[name], Presence::Present);
            assert!(On { node: &fake.node, resource: &resource }.query().is_err(), "{name:?}");
        }
    }
}
