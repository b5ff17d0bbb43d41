//! Packages by dnf(8), yum(8), zypper(8), apk(8) and pacman(8): the same four questions and orders in other words.

use std::{collections::BTreeSet, time::Duration};

use super::package::{How, Packages, Versions, Wanted};
use crate::{
    node::Root,
    process::{Output, Program, ProgramError},
    wire::{Failure, PackageManager},
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
    /// Names the version of one package at the end of its last line; its exit status says whether it is there.
    installed: &'static [&'static str],
    install: &'static [&'static str],
    upgrade: &'static [&'static str],
    /// Installs from files that the node has.
    install_files: &'static [&'static str],
    remove: &'static [&'static str],
    refresh: &'static [&'static str],
    /// Names those of the packages that have a newer version.
    outdated: &'static [&'static str],
    /// What stands between a name and a version.
    version: Option<char>,
    /// What it says when its lists do not have a package.
    missing: &'static [&'static str],
    /// Where what it keeps of its lists is.
    lists: &'static str,
    /// What it locks while it works: see [`super::package_lock`].
    locks: &'static [&'static str],
}

/// An epoch where there is one; older rpm has no `EPOCHNUM`.
const RPM: &[&str] = &["rpm", "-q", "--qf", "%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n", "--whatprovides", "--"];

const DNF: Words = Words {
    installed: RPM,
    install: &["dnf", "-y", "install", "--"],
    upgrade: &["dnf", "-y", "upgrade", "--"],
    install_files: &["dnf", "-y", "install", "--"],
    remove: &["dnf", "-y", "remove", "--"],
    refresh: &["dnf", "-y", "makecache"],
    outdated: &["dnf", "-q", "list", "--upgrades", "--"],
    version: Some('-'),
    missing: &["Unable to find a match", "No match for argument"],
    lists: "/var/cache/dnf",
    locks: &[
        "/var/lib/dnf/rpmdb_lock.pid",
        "/var/cache/dnf/metadata_lock.pid",
        "/var/cache/dnf/download_lock.pid",
        "/var/lib/rpm/.rpm.lock",
        "/usr/lib/sysimage/rpm/.rpm.lock",
    ],
};

const YUM: Words = Words {
    installed: RPM,
    install: &["yum", "-y", "install", "--"],
    upgrade: &["yum", "-y", "update", "--"],
    install_files: &["yum", "-y", "install", "--"],
    remove: &["yum", "-y", "remove", "--"],
    refresh: &["yum", "-y", "makecache"],
    outdated: &["yum", "-q", "list", "updates", "--"],
    version: Some('-'),
    missing: &["Nothing to do", "No package "],
    lists: "/var/cache/yum",
    locks: &["/var/run/yum.pid", "/var/lib/rpm/.rpm.lock"],
};

const ZYPPER: Words = Words {
    installed: RPM,
    install: &["zypper", "-n", "install", "--oldpackage", "--"],
    upgrade: &["zypper", "-n", "update", "--"],
    // They came from the controller.
    install_files: &["zypper", "-n", "--no-gpg-checks", "install", "--oldpackage", "--allow-unsigned-rpm", "--"],
    remove: &["zypper", "-n", "remove", "--"],
    refresh: &["zypper", "-n", "refresh"],
    outdated: &["zypper", "-n", "list-updates"],
    version: Some('='),
    missing: &["not found in package names", "No provider of"],
    lists: "/var/cache/zypp",
    locks: &["/run/zypp.pid", "/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock"],
};

const APK: Words = Words {
    installed: &["apk", "info", "-e", "-v"],
    install: &["apk", "add"],
    upgrade: &["apk", "add", "--upgrade"],
    install_files: &["apk", "add", "--allow-untrusted"],
    remove: &["apk", "del"],
    refresh: &["apk", "update"],
    outdated: &["apk", "version", "-q", "-l", "<"],
    version: Some('='),
    missing: &["unable to select packages", "unsatisfiable constraints"],
    lists: "/var/cache/apk",
    locks: &["/lib/apk/db/lock"],
};

const PACMAN: Words = Words {
    installed: &["pacman", "-Q", "--"],
    install: &["pacman", "-S", "--noconfirm", "--needed", "--"],
    upgrade: &["pacman", "-S", "--noconfirm", "--needed", "--"],
    install_files: &["pacman", "-U", "--noconfirm", "--needed", "--"],
    remove: &["pacman", "-R", "--noconfirm", "--"],
    refresh: &["pacman", "-Sy"],
    outdated: &["pacman", "-Qu", "--"],
    version: None,
    missing: &["target not found", "failed retrieving file"],
    lists: "/var/lib/pacman/sync",
    locks: &["/var/lib/pacman/db.lck"],
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

    fn order(self, words: &[&str], names: &[&str], output: &mut Output<'_>) -> Result<(), Failure> {
        self.program(words, names).run(output).map_err(|error| self.failed(words, names, error))
    }

    fn failed(self, words: &[&str], names: &[&str], error: ProgramError) -> Failure {
        let line = words.iter().filter(|word| **word != "--").chain(names).copied().collect::<Vec<_>>().join(" ");
        let hint = if error.says(self.words.missing) {
            format!("no repository of the node has it under this name and version: `{line}` on the node says the same")
        } else {
            format!("run `{line}` on the node to see all of it")
        };
        error.into_failure(line).with_hint(hint)
    }
}

impl Packages for Manager<'_> {
    fn installed(&self, names: &[&str]) -> Result<Versions, Failure> {
        let mut installed = Versions::new();
        for name in names {
            match self.program(self.words.installed, &[name]).read() {
                Ok(text) => {
                    let last = text.split_whitespace().last().unwrap_or_default();
                    // apk has them in one word.
                    let version = last.strip_prefix(*name).and_then(|rest| rest.strip_prefix('-')).unwrap_or(last);
                    installed.insert((*name).to_owned(), version.to_owned());
                }
                Err(error) if error.code().is_some() => {}
                Err(error) => return Err(error.into_failure(format!("look for the package {name}"))),
            }
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
        // `nginx`, `nginx.x86_64`, `nginx-1.24-r0`, and not `nginx-common`.
        let is_rest = |rest: &str| {
            rest.starts_with('.')
                || rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let is_named = |name: &&String| {
            text.split_whitespace()
                .any(|word| word == name.as_str() || word.strip_prefix(name.as_str()).is_some_and(is_rest))
        };
        Ok(names.iter().filter(is_named).cloned().collect())
    }

    fn install(&self, packages: &[Wanted<'_>], how: How, output: &mut Output<'_>) -> Result<(), Failure> {
        let mut words = if how.upgrades { self.words.upgrade } else { self.words.install };
        let mut names = Vec::new();
        for package in packages {
            names.push(match (package.file, package.version, self.words.version) {
                (Some(file), ..) => {
                    words = self.words.install_files;
                    file.to_owned()
                }
                (None, Some(version), Some(between)) => format!("{}{between}{version}", package.name),
                (None, Some(version), None) => {
                    let came_back = format!("the node's package manager cannot be asked for a version, {version}");
                    return Err(Failure::new(format!("install {}", package.name), came_back)
                        .with_hint("name the package only, or give it as a file"));
                }
                (None, None, _) => package.name.to_owned(),
            });
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match self.program(words, &names).run(output) {
            // The lists may be old.
            Err(error) if error.says(self.words.missing) => {
                self.refresh(output)?;
                self.order(words, &names, output)
            }
            done => done.map_err(|error| self.failed(words, &names, error)),
        }
    }

    fn remove(&self, names: &[&str], _: How, output: &mut Output<'_>) -> Result<(), Failure> {
        self.order(self.words.remove, names, output)
    }

    fn refresh(&self, output: &mut Output<'_>) -> Result<(), Failure> {
        self.order(self.words.refresh, &[], output)
    }

    fn lists(&self) -> &'static str {
        self.words.lists
    }

    fn locks(&self) -> &'static [&'static str] {
        self.words.locks
    }
}

#[cfg(test)]
mod tests;
