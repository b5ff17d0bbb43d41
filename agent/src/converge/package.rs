//! Software packages by the node's own package manager.

use std::collections::BTreeSet;

use super::{Converge, On, apt::Apt};
use crate::{
    facts::package_manager,
    state::{Package, Presence, Resource},
    wire::{Change, Failure, PackageManager, Side, Stream},
};

/// A package manager, as far as it is needed here.
pub(super) trait Packages {
    /// Which of these packages are installed.
    fn installed(&self, names: &[String]) -> Result<BTreeSet<String>, Failure>;

    /// Installs packages in one transaction.
    fn install(&self, names: &[&str], output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure>;

    /// Removes packages in one transaction.
    fn remove(&self, names: &[&str], output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure>;
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
        self.manager()?.installed(names).map(Installed)
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
        match self.resource.state {
            Presence::Present => self.manager()?.install(&names, output),
            Presence::Absent => self.manager()?.remove(&names, output),
        }
    }

    fn undo(&self, live: &Installed) -> Vec<Resource> {
        let names: Vec<String> = self.different(live).into_iter().map(str::to_owned).collect();
        let state = match self.resource.state {
            Presence::Present => Presence::Absent,
            Presence::Absent => Presence::Present,
        };
        if names.is_empty() { Vec::new() } else { vec![Resource::Package(Package { names, state })] }
    }
}

impl<'a> On<'a, Package> {
    /// The packages that are there and should not be, or the other way round.
    fn different(&self, live: &Installed) -> Vec<&'a str> {
        let wanted = self.resource.state == Presence::Present;
        let names = self.resource.names.iter().map(String::as_str);
        names.filter(|name| live.0.contains(*name) != wanted).collect()
    }

    fn manager(&self) -> Result<Apt<'a>, Failure> {
        let manager = match package_manager(&self.node.root) {
            Some(PackageManager::Apt) => return Ok(Apt(&self.node.root)),
            Some(PackageManager::Dnf) => "dnf",
            Some(PackageManager::Yum) => "yum",
            Some(PackageManager::Zypper) => "zypper",
            Some(PackageManager::Apk) => "apk",
            Some(PackageManager::Pacman) => "pacman",
            None => {
                let tried = format!("look for the packages {}", self.resource.names.join(" "));
                return Err(Failure::new(tried, "this node has no package manager that lvsctl knows"));
            }
        };
        let tried = format!("look for the packages {}", self.resource.names.join(" "));
        Err(Failure::new(tried, format!("the package manager {manager} is not supported yet"))
            .with_hint("install them by hand, or with a command step, and leave the package step out for this node"))
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
        Package { names: names.iter().map(|&name| name.to_owned()).collect(), state }
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
    fn a_package_manager_without_support_is_named() {
        let fake = FakeNode::new();
        fake.write("/usr/bin/dnf", "");
        let resource = package(&["ipvsadm"], Presence::Present);
        let failure = converge(&On { node: &fake.node, resource: &resource }).unwrap_err();
        assert_eq!(failure.came_back, "the package manager dnf is not supported yet");
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
