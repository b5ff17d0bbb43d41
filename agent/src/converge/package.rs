//! Software packages by the node's own package manager.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Converge, On, apt::Apt, package_lock, rpm_and_others::Manager};
use crate::{
    facts::package_manager,
    node::Node,
    process::Output,
    state::{Package, PackageLists, Presence, Resource},
    wire::{Change, Failure, Side, Values},
};

/// Time that another's lock is waited for where nothing else is said.
const PATIENCE: u64 = 120;

/// A package manager, as far as it is needed here.
pub(super) trait Packages {
    /// The versions of those of these packages that are installed.
    fn installed(&self, names: &[&str]) -> Result<Versions, Failure>;

    /// Which of these packages have a newer version.
    fn outdated(&self, names: &[String]) -> Result<BTreeSet<String>, Failure>;

    /// Installs packages in one transaction.
    fn install(&self, packages: &[Wanted<'_>], how: How, output: &mut Output<'_>) -> Result<(), Failure>;

    /// Removes packages in one transaction.
    fn remove(&self, names: &[&str], how: How, output: &mut Output<'_>) -> Result<(), Failure>;

    /// What else comes when these packages are installed, as far as the manager can tell before. One that takes what
    /// nobody needs any more away with what needed it need not tell.
    fn brings(&self, _: &[Wanted<'_>], _: How) -> Vec<String> {
        Vec::new()
    }

    /// What nobody would need any more without these packages.
    fn leaves(&self, _: &[&str]) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// Refreshes the lists of what there is.
    fn refresh(&self, output: &mut Output<'_>) -> Result<(), Failure>;

    /// What was last touched when the lists were refreshed.
    fn lists(&self) -> &'static str;

    /// What it locks while it works.
    fn locks(&self) -> &'static [&'static str];
}

/// Versions by name of package.
pub(super) type Versions = BTreeMap<String, String>;

/// A package that is to be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
    /// A file on the node.
    pub(super) file: Option<&'a str>,
}

/// How packages are installed or removed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How {
    /// They are there already, and go to a newer version.
    pub(super) upgrades: bool,
    pub(super) recommends: bool,
    pub(super) purges: bool,
}

/// Which of the packages are installed, in which version; and which of them have a newer one.
#[derive(Debug)]
pub(crate) struct Installed {
    versions: Versions,
    outdated: BTreeSet<String>,
    /// What came along with packages that go, and goes with them.
    left: Vec<String>,
}

impl Converge for On<'_, Package> {
    type Live = Installed;

    fn query(&self) -> Result<Installed, Failure> {
        let Package { names, along, .. } = self.resource;
        if let Some(bad) = names.iter().chain(along).find(|name| !is_package(name)) {
            return Err(Failure::new("look for a package", format!("{bad:?} is no name of one")));
        }
        let manager = manager(self.node, names)?;
        let bare: Vec<&str> = names.iter().map(|name| parts(name).0).collect();
        let versions = manager.installed(&bare)?;
        let wants_latest = self.resource.latest && self.resource.state == Presence::Present;
        let outdated = if wants_latest { manager.outdated(names)? } else { BTreeSet::new() };
        let mut left = Vec::new();
        let there: Vec<&str> = bare.iter().copied().filter(|name| versions.contains_key(*name)).collect();
        if self.resource.state == Presence::Absent && !along.is_empty() && !there.is_empty() {
            left = manager.leaves(&there)?;
            left.retain(|name| along.contains(name));
        }
        Ok(Installed { versions, outdated, left })
    }

    fn diff(&self, live: &Installed) -> Vec<Change> {
        let change = |name: &str| {
            let subject = format!("package {}", parts(name).0);
            match (self.resource.state, live.versions.get(parts(name).0), parts(name).1) {
                (Presence::Absent, ..) => Change::remove(subject, Side::Present),
                (Presence::Present, Some(version), wanted) if !version.is_empty() => {
                    Change::set(subject, version.clone(), wanted.unwrap_or("newer"))
                }
                (Presence::Present, _, Some(version)) => Change::add(subject, Side::Value(version.to_owned())),
                (Presence::Present, _, None) => Change::add(subject, Side::Present),
            }
        };
        self.different(live).into_iter().chain(live.left.iter().map(String::as_str)).map(change).collect()
    }

    fn apply(&self, live: &Installed, output: &mut Output<'_>) -> Result<(), Failure> {
        let names = self.different(live);
        let Package { recommends, purge, .. } = *self.resource;
        let how = How { upgrades: false, recommends: recommends == Some(true), purges: purge };
        let manager = manager(self.node, &self.resource.names)?;
        let patience = Duration::from_secs(self.resource.lock_seconds.unwrap_or(PATIENCE));
        package_lock::wait(&self.node.root, manager.locks(), patience, output)?;
        if self.resource.state == Presence::Absent {
            let left = live.left.iter().map(String::as_str);
            let names: Vec<&str> = names.iter().map(|name| parts(name).0).chain(left).collect();
            return manager.remove(&names, how, output);
        }
        // For most managers to install and to upgrade are two orders.
        for upgrades in [false, true] {
            let of_these = names.iter().copied().filter(|name| live.outdated.contains(*name) == upgrades);
            let packages: Vec<_> = of_these.map(|name| self.wanted(name)).collect();
            if !packages.is_empty() {
                manager.install(&packages, How { upgrades, ..how }, output)?;
            }
        }
        Ok(())
    }

    fn undo(&self, live: &Installed) -> Vec<Resource> {
        // An older version may not be to be had again.
        let names = self.different(live).into_iter().map(|name| parts(name).0);
        let names: Vec<String> = match self.resource.state {
            Presence::Present => names.filter(|name| !live.versions.contains_key(*name)).map(str::to_owned).collect(),
            Presence::Absent => names.map(str::to_owned).collect(),
        };
        let along = match self.resource.state {
            Presence::Present if !names.is_empty() => self.brings(live),
            _ => Vec::new(),
        };
        let state = match self.resource.state {
            Presence::Present => Presence::Absent,
            Presence::Absent => Presence::Present,
        };
        if names.is_empty() {
            return Vec::new();
        }
        // What was not there had no configuration, either.
        let purge = state == Presence::Absent;
        vec![Resource::Package(Package { names, state, purge, along, ..Package::default() })]
    }
}

impl<'a> On<'a, Package> {
    /// The packages that are there and should not be, or the other way round, or in another version.
    fn different(&self, live: &Installed) -> Vec<&'a str> {
        let is_wanted = self.resource.state == Presence::Present;
        let names = self.resource.names.iter().map(String::as_str);
        names
            .filter(|full| {
                let (name, version) = parts(full);
                let is_there = live.versions.get(name).is_some_and(|present| match version {
                    Some(wanted) if is_wanted => is_version(present, wanted),
                    _ => !live.outdated.contains(*full),
                });
                is_there != is_wanted
            })
            .collect()
    }

    /// Asked only when something is about to be installed, since the answer takes the manager a second.
    fn brings(&self, live: &Installed) -> Vec<String> {
        let new = self.different(live).into_iter().filter(|name| !live.versions.contains_key(parts(name).0));
        let new: Vec<_> = new.map(|name| self.wanted(name)).collect();
        let how = How { recommends: self.resource.recommends == Some(true), ..How::default() };
        let is_named = |name: &String| new.iter().any(|package| package.name == name);
        let mut along = manager(self.node, &[]).map_or(Vec::new(), |manager| manager.brings(&new, how));
        along.retain(|name| is_package(name) && !is_named(name));
        along
    }

    fn wanted(&self, name: &'a str) -> Wanted<'a> {
        let file = self.resource.files.get(name).map(String::as_str);
        let (name, version) = parts(name);
        Wanted { name, version, file }
    }
}

/// Name and version of `NAME=VERSION`.
fn parts(name: &str) -> (&str, Option<&str>) {
    name.split_once('=').map_or((name, None), |(name, version)| (name, Some(version)))
}

/// Whether a version, `EPOCH:VERSION-RELEASE`, is the one that is wanted.
fn is_version(present: &str, wanted: &str) -> bool {
    let plain = present.split_once(':').map_or(present, |(_, plain)| plain);
    let upstream = plain.rsplit_once('-').map_or(plain, |(upstream, _)| upstream);
    [present, plain, upstream].iter().any(|version| match wanted.strip_suffix('*') {
        Some(begin) => version.starts_with(begin),
        None => *version == wanted,
    })
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

    fn apply(&self, _: &Age, output: &mut Output<'_>) -> Result<(), Failure> {
        let manager = manager(self.node, &[])?;
        package_lock::wait(&self.node.root, manager.locks(), Duration::from_secs(PATIENCE), output)?;
        manager.refresh(output)
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

/// A name as Debian and RPM have them, with `:ARCH`, perhaps with a version; no option, no pattern.
fn is_package(name: &str) -> bool {
    let (name, version) = parts(name);
    let is_version = |version: &str| {
        let plain = version.strip_suffix('*').unwrap_or(version);
        (1..=128).contains(&plain.len())
            && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:~^".contains(&byte))
    };
    (1..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:".contains(&byte))
        // A trailing `+` or `-` turns apt-get's meaning around.
        && !name.ends_with('-')
        && version.is_none_or(is_version)
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
            r#"case " $* " in
            *" -s install "*) echo 'Inst libnl (3.7 Debian:12 [amd64])'; echo 'Inst libc [1] (2)'; echo "Inst ipvsadm (1)"; exit ;;
            *" -s purge "*) echo 'Purg libnl [3.7]'; echo 'Purg other [1]'; echo 'Purg ipvsadm [1]'; exit ;;
            esac
            echo "$*" >>"$ROOT/calls"
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
        let along = vec!["libnl".to_owned()];
        let purged = Package { purge: true, along, ..package(&["ipvsadm"], Presence::Absent) };
        assert_eq!(before, [Resource::Package(purged.clone())]);
        let on = On { node: &fake.node, resource: &purged };
        assert_eq!(shown(&on.diff(&on.query().unwrap())), ["- package ipvsadm", "- package libnl"]);
        on.apply(&on.query().unwrap(), &mut |_, _| ()).unwrap();
        assert!(fake.read("/calls").trim_end().ends_with(" purge -y -- ipvsadm libnl"), "{}", fake.read("/calls"));
        let resource = package(&["ipvsadm"], Presence::Absent);
        assert_eq!(shown(&converge(&On { node: &fake.node, resource: &resource }).unwrap()), ["- package ipvsadm"]);
    }

    #[test]
    fn a_version_is_wanted_whole_or_in_part() {
        for wanted in ["1:1.31-1+b1", "1.31-1+b1", "1.31", "1.31*", "1:1.*"] {
            assert!(is_version("1:1.31-1+b1", wanted), "{wanted}");
        }
        for wanted in ["1.3", "1.31-1", "1.32*", "2:1.31-1+b1"] {
            assert!(!is_version("1:1.31-1+b1", wanted), "{wanted}");
        }
    }

    #[test]
    fn another_version_is_no_undo_and_shows_both() {
        let fake = node();
        fake.write("/var/lib/dpkg/status", "Package: nginx\nStatus: install ok installed\nVersion: 1.22-1\n");
        let resource = package(&["nginx=1.24-1", "hello=2.10-3"], Presence::Present);
        let on = On { node: &fake.node, resource: &resource };
        let live = on.query().unwrap();
        assert_eq!(shown(&on.diff(&live)), ["~ package nginx: 1.22-1 -> 1.24-1", "+ package hello: 2.10-3"]);
        let along = vec!["libnl".to_owned(), "ipvsadm".to_owned()];
        let purged = Package { purge: true, along, ..package(&["hello"], Presence::Absent) };
        assert_eq!(on.undo(&live), [Resource::Package(purged)]);
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
        for name in ["", "-o=x", "nginx-", "a b", "a=", "a=1 b", "a=1*2", "*", "../x"] {
            let resource = package(&[name], Presence::Present);
            assert!(On { node: &fake.node, resource: &resource }.query().is_err(), "{name:?}");
        }
    }
}
