//! Packages by dnf(8), yum(8), zypper(8), apk(8) and pacman(8): the same four questions and orders in other words.

use std::{collections::BTreeSet, time::Duration};

use super::package::{How, Packages};
use crate::{
    node::Root,
    process::Program,
    wire::{Failure, PackageManager, Stream},
};

/// Longest time for one call.
const DEADLINE: Duration = Duration::from_mins(20);

/// A package manager that is driven by its words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manager<'a> {
    root: &'a Root,
    words: &'static Words,
}

/// How a package manager is asked and ordered; names of packages follow.
#[derive(Debug)]
struct Words {
    /// Its exit status says whether one package is there.
    installed: &'static [&'static str],
    install: &'static [&'static str],
    upgrade: &'static [&'static str],
    remove: &'static [&'static str],
    refresh: &'static [&'static str],
    /// Names those of the packages that have a newer version.
    outdated: &'static [&'static str],
    /// Where what it keeps of its lists is.
    lists: &'static str,
}

const DNF: Words = Words {
    installed: &["rpm", "-q", "--whatprovides", "--"],
    install: &["dnf", "-y", "install", "--"],
    upgrade: &["dnf", "-y", "upgrade", "--"],
    remove: &["dnf", "-y", "remove", "--"],
    refresh: &["dnf", "-y", "makecache"],
    outdated: &["dnf", "-q", "list", "--upgrades", "--"],
    lists: "/var/cache/dnf",
};

const YUM: Words = Words {
    installed: &["rpm", "-q", "--whatprovides", "--"],
    install: &["yum", "-y", "install", "--"],
    upgrade: &["yum", "-y", "update", "--"],
    remove: &["yum", "-y", "remove", "--"],
    refresh: &["yum", "-y", "makecache"],
    outdated: &["yum", "-q", "list", "updates", "--"],
    lists: "/var/cache/yum",
};

const ZYPPER: Words = Words {
    installed: &["rpm", "-q", "--whatprovides", "--"],
    install: &["zypper", "-n", "install", "--"],
    upgrade: &["zypper", "-n", "update", "--"],
    remove: &["zypper", "-n", "remove", "--"],
    refresh: &["zypper", "-n", "refresh"],
    outdated: &["zypper", "-n", "list-updates"],
    lists: "/var/cache/zypp",
};

const APK: Words = Words {
    installed: &["apk", "info", "-e"],
    install: &["apk", "add"],
    upgrade: &["apk", "add", "--upgrade"],
    remove: &["apk", "del"],
    refresh: &["apk", "update"],
    outdated: &["apk", "version", "-q", "-l", "<"],
    lists: "/var/cache/apk",
};

const PACMAN: Words = Words {
    installed: &["pacman", "-Q", "--"],
    install: &["pacman", "-S", "--noconfirm", "--needed", "--"],
    upgrade: &["pacman", "-S", "--noconfirm", "--needed", "--"],
    remove: &["pacman", "-R", "--noconfirm", "--"],
    refresh: &["pacman", "-Sy"],
    outdated: &["pacman", "-Qu", "--"],
    lists: "/var/lib/pacman/sync",
};

impl<'a> Manager<'a> {
    /// The manager of this name, where it is one of these.
    pub(super) fn new(root: &'a Root, manager: PackageManager) -> Option<Self> {
        let words = match manager {
            PackageManager::Apt => return None,
            PackageManager::Dnf => &DNF,
            PackageManager::Yum => &YUM,
            PackageManager::Zypper => &ZYPPER,
            PackageManager::Apk => &APK,
            PackageManager::Pacman => &PACMAN,
        };
        Some(Self { root, words })
    }

    fn program(self, words: &[&str], names: &[&str]) -> Program {
        Program::new(self.root, words.iter().chain(names).copied()).deadline(DEADLINE)
    }

    fn order(self, words: &[&str], names: &[&str], output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let line = words.iter().filter(|word| **word != "--").chain(names).copied().collect::<Vec<_>>().join(" ");
        let hint = format!("run `{line}` on the node to see all of it");
        self.program(words, names).run(output).map_err(|error| error.into_failure(line).with_hint(hint))
    }
}

impl Packages for Manager<'_> {
    fn installed(&self, names: &[String]) -> Result<BTreeSet<String>, Failure> {
        let mut installed = BTreeSet::new();
        for name in names {
            let is_there = self
                .program(self.words.installed, &[name])
                .succeeds()
                .map_err(|error| error.into_failure(format!("look for the package {name}")))?;
            installed.extend(is_there.then(|| name.clone()));
        }
        Ok(installed)
    }

    fn outdated(&self, names: &[String]) -> Result<BTreeSet<String>, Failure> {
        let asked: Vec<&str> = if self.words.outdated.ends_with(&["--"]) {
            names.iter().map(String::as_str).collect()
        } else {
            Vec::new()
        };
        let mut text = String::new();
        // Some end with an error where nothing is newer.
        let _ = self.program(self.words.outdated, &asked).run(&mut |_, line| {
            text.push_str(line);
            text.push('\n');
        });
        let is_named = |name: &&String| {
            text.split_whitespace().any(|word| {
                word == name.as_str()
                    || word.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['.', '-']))
            })
        };
        Ok(names.iter().filter(is_named).cloned().collect())
    }

    fn install(&self, names: &[&str], how: How, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        self.order(if how.upgrades { self.words.upgrade } else { self.words.install }, names, output)
    }

    fn remove(&self, names: &[&str], _: How, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        self.order(self.words.remove, names, output)
    }

    fn refresh(&self, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        self.order(self.words.refresh, &[], output)
    }

    fn lists(&self) -> &'static str {
        self.words.lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    #[test]
    fn each_is_asked_and_ordered_in_its_own_words() {
        let fake = FakeNode::new();
        for program in ["rpm", "dnf", "apk"] {
            fake.program(
                program,
                &format!(r#"echo "{program} $*" >>"$ROOT/calls"; [ "$3" != --whatprovides ] || exit 1"#),
            );
        }
        let how = How::default();
        for manager in [PackageManager::Dnf, PackageManager::Apk] {
            let manager = Manager::new(&fake.node.root, manager).unwrap();
            manager.installed(&["nginx".to_owned()]).unwrap();
            manager.install(&["nginx"], how, &mut |_, _| ()).unwrap();
            manager.remove(&["nginx"], how, &mut |_, _| ()).unwrap();
        }
        let calls = fake.read("/calls");
        let expected = [
            "rpm -q --whatprovides -- nginx",
            "dnf -y install -- nginx",
            "dnf -y remove -- nginx",
            "apk info -e nginx",
            "apk add nginx",
            "apk del nginx",
        ];
        assert_eq!(calls.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_packages_that_are_named_as_newer_are_outdated() {
        let fake = FakeNode::new();
        fake.program(
            "dnf",
            "echo 'Available Upgrades'; echo 'nginx.x86_64 1:1.2 updates'; echo 'curl-minimal.x86_64 8 u'",
        );
        let manager = Manager::new(&fake.node.root, PackageManager::Dnf).unwrap();
        let names = ["nginx", "ipvsadm"].map(str::to_owned);
        assert_eq!(manager.outdated(&names).unwrap().into_iter().collect::<Vec<_>>(), ["nginx"]);
    }
}
