//! `package`, `apt`, `dnf` and `yum`: software packages by the node's own package manager.

use std::collections::BTreeMap;

use lvs_agent::state::{self, Bytes, FileKind, Mode, PackageLists, Presence, Resource};

use super::{Context, Kind, Wanted, arguments::Arguments, beside::Beside};
use crate::{
    source::{Diagnostic, Diagnostics},
    yaml::Node,
};

/// The arguments of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    wanted: Option<state::Package>,
    lists: Option<PackageLists>,
    /// Packages that the node gets from here.
    files: Vec<Beside>,
}

/// Where such packages are put on a node.
const FOLDER: &str = "/var/lib/lvsctl/packages";

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
    #[expect(clippy::too_many_lines, reason = "a long list of arguments")]
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
            for name in &names {
                let version = name.split_once('=').map_or("", |(_, version)| version);
                if name.contains(['<', '>']) || name.trim_end_matches(version).contains('*') {
                    let title = format!("`{name}` is a pattern, or asks for a range of versions");
                    return Err(node.wrong_value(title).hint("write NAME, or NAME=VERSION; `*` may end the version"));
                }
            }
            Ok(names)
        });
        let state = from.choice(&["state"], STATES).unwrap_or(State::Present);
        let has_files = from.has(&["files"]);
        let files = from.optional(&["files"], |node| {
            let file = |node: &Node| {
                let name = node.to_text()?;
                named_version(&name).ok_or_else(|| {
                    let title = format!("`{name}` does not tell which package it has");
                    node.wrong_value(title).hint("keep the name it came with: NAME_VERSION_ARCH.deb, NAME-VERSION-RELEASE.ARCH.rpm, NAME-VERSION-rN.apk, NAME-VERSION-RELEASE-ARCH.pkg.tar.zst")
                })?;
                Ok(Beside { name, place: node.span.clone(), folder: "files" })
            };
            node.as_list_or_one().iter().map(file).collect::<Result<Vec<_>, Diagnostic>>()
        });
        from.exclusive(&["name", "files"]);
        if !has_names && !wants_lists && !has_files {
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
        // Ansible's -1 is for ever.
        let lock_seconds = from.optional(&["lock_timeout"], |node| {
            let text = node.to_text()?;
            if text == "-1" { Ok(24 * 60 * 60) } else { node.parse("a number of seconds") }
        });
        from.flag(&["policy_rc_d", "force_apt_get", "update_only"]);
        // Without a name there is nothing else, and to refresh the lists is the change.
        let lists = wants_lists.then(|| PackageLists {
            max_age_seconds: max_age.unwrap_or(0),
            counts_as_change: !has_names && !has_files,
        });
        let files = files.unwrap_or_default();
        let mut names = names.unwrap_or_default();
        let mut paths = BTreeMap::new();
        for file in &files {
            let of_file = named_version(&file.name).map(|(name, version)| format!("{name}={version}"));
            let base = file.name.rsplit('/').next().unwrap_or_default();
            if let Some(name) = of_file {
                paths.insert(name.clone(), format!("{FOLDER}/{base}"));
                names.push(name);
            }
        }
        let package = Some(names).filter(|names| !names.is_empty()).map(|names| state::Package {
            names,
            state: if state == State::Absent { Presence::Absent } else { Presence::Present },
            latest: state == State::Latest,
            recommends,
            purge,
            along: Vec::new(),
            files: paths,
            lock_seconds,
        });
        let files = if state == State::Absent { Vec::new() } else { files };
        Self { wanted: package, lists, files }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
        let mut wanted: Vec<Wanted> = self.lists.map(Resource::PackageLists).into_iter().map(Wanted::plain).collect();
        for file in &self.files {
            let base = file.name.rsplit('/').next().unwrap_or_default();
            let kind = FileKind::Content(Bytes(file.read(context)?));
            let mut resource = state::File::new(format!("{FOLDER}/{base}"), kind);
            resource.mode = Some(Mode::Bits(0o600));
            resource.handling.make_parents = true;
            wanted.push(Wanted::plain(Resource::File(resource)));
        }
        wanted.extend(self.wanted.map(Resource::Package).map(Wanted::plain));
        Ok(wanted)
    }
}

/// The package and version that the name of its file tells, as each manager names them.
fn named_version(path: &str) -> Option<(String, String)> {
    let file = path.rsplit('/').next()?;
    let (name, version) = if let Some(stem) = file.strip_suffix(".deb") {
        // hello_1%3a2.10-3_amd64
        let mut parts = stem.splitn(3, '_');
        let (name, version) = (parts.next()?, parts.next()?);
        parts.next()?;
        (name, version.replace("%3a", ":"))
    } else if let Some(stem) = file.strip_suffix(".rpm") {
        let (stem, _) = stem.rsplit_once('.')?;
        of_the_end(stem)?
    } else if let Some(stem) = file.strip_suffix(".apk") {
        of_the_end(stem)?
    } else {
        let (stem, _) = file.split_once(".pkg.tar")?;
        of_the_end(stem.rsplit_once('-')?.0)?
    };
    let is_plain = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:~^".contains(&byte))
    };
    (is_plain(name) && is_plain(&version)).then(|| (name.to_owned(), version))
}

/// `NAME-VERSION-RELEASE`
fn of_the_end(stem: &str) -> Option<(&str, String)> {
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some((name, format!("{version}-{release}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_package_and_version() {
        for (file, name, version) in [
            ("pool/hello_2.10-3_amd64.deb", "hello", "2.10-3"),
            ("ipvsadm_1%3a1.31-1+b1_amd64.deb", "ipvsadm", "1:1.31-1+b1"),
            ("ipvsadm-1.31-1.x86_64.rpm", "ipvsadm", "1.31-1"),
            ("gcc-c++-12.2.0-4.el9.noarch.rpm", "gcc-c++", "12.2.0-4.el9"),
            ("ipvsadm-1.31-r3.apk", "ipvsadm", "1.31-r3"),
            ("ipvsadm-1:1.31-3-x86_64.pkg.tar.zst", "ipvsadm", "1:1.31-3"),
        ] {
            assert_eq!(named_version(file), Some((name.to_owned(), version.to_owned())), "{file}");
        }
        for file in ["hello.deb", "x.rpm", "hello-1.0.tar.gz", "-o_1_all.deb", "a b-1-1.noarch.rpm"] {
            assert_eq!(named_version(file), None, "{file}");
        }
    }
}
