//! Packages by apt-get(8), and dpkg's status file read directly: to start dpkg-query takes longer than to read it.

use std::{collections::BTreeSet, fs, time::Duration};

use super::package::{How, Packages, Versions, Wanted};
use crate::{
    node::Root,
    process::{Output, Program, ProgramError},
    wire::Failure,
};

/// Longest time for one call of apt-get: a slow mirror, a large package.
const DEADLINE: Duration = Duration::from_mins(20);

/// Nobody is there to answer, services are not restarted behind our back, and the administrator's version of a
/// configuration file stays.
const ENVIRONMENT: &[(&str, &str)] =
    &[("DEBIAN_FRONTEND", "noninteractive"), ("APT_LISTCHANGES_FRONTEND", "none"), ("NEEDRESTART_MODE", "l")];

const OPTIONS: &[&str] = &[
    "-o",
    "DPkg::Lock::Timeout=120",
    "-o",
    "Dpkg::Options::=--force-confdef",
    "-o",
    "Dpkg::Options::=--force-confold",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "Acquire::Retries=2",
];

/// What apt-get says when its lists are out of date.
const STALE: &[&str] = &[
    "Unable to locate package",
    "has no installation candidate",
    "Failed to fetch",
    "404  Not Found",
    "was not found",
];

/// apt-get and dpkg on a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apt<'a>(pub(super) &'a Root);

impl Packages for Apt<'_> {
    fn installed(&self, names: &[&str]) -> Result<Versions, Failure> {
        let status = fs::read(self.0.path("/var/lib/dpkg/status"))
            .map_err(|error| Failure::new("read /var/lib/dpkg/status", error))?;
        let status = String::from_utf8_lossy(&status);
        let mut installed = installed(&status);
        installed.retain(|name, _| names.contains(&name.as_str()));
        Ok(installed)
    }

    fn outdated(&self, names: &[String]) -> Result<BTreeSet<String>, Failure> {
        let simulate: Vec<&str> =
            ["-s", "install", "--only-upgrade", "--"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let mut upgraded = BTreeSet::new();
        self.run(&simulate, &mut |_, line| {
            // `Inst nginx [1.22] (1.24 …)`
            upgraded.extend(line.strip_prefix("Inst ").and_then(|rest| rest.split(' ').next()).map(str::to_owned));
        })
        .map_err(|error| error.into_failure(format!("look for newer versions of {}", names.join(" "))))?;
        Ok(names.iter().filter(|name| upgraded.contains(name.as_str())).cloned().collect())
    }

    fn refresh(&self, output: &mut Output<'_>) -> Result<(), Failure> {
        self.update(output)
    }

    fn lists(&self) -> &'static str {
        "/var/lib/apt/lists"
    }

    fn locks(&self) -> &'static [&'static str] {
        &[
            "/var/lib/dpkg/lock-frontend",
            "/var/lib/dpkg/lock",
            "/var/lib/apt/lists/lock",
            "/var/cache/apt/archives/lock",
        ]
    }

    /// `Inst libnl-3-200 (3.7.0 …)`; of what is replaced the version follows in `[…]`. apt-get tells it only where it
    /// has lists.
    fn brings(&self, packages: &[Wanted<'_>], how: How) -> Vec<String> {
        let words = words(packages);
        let simulate = ["-s", "install", recommends(how), "--"].into_iter().chain(words.iter().map(String::as_str));
        let mut along = Vec::new();
        let told = self.run(&simulate.collect::<Vec<_>>(), &mut |_, line| {
            let new = line.strip_prefix("Inst ").and_then(|rest| rest.split_once(" ("));
            along.extend(new.map(|(name, _)| name).filter(|name| !name.contains(' ')).map(str::to_owned));
        });
        if told.is_ok() { along } else { Vec::new() }
    }

    fn leaves(&self, names: &[&str]) -> Result<Vec<String>, Failure> {
        let simulate = ["-s", "purge", "--auto-remove", "--"].iter().chain(names).copied().collect::<Vec<_>>();
        let mut left = Vec::new();
        let told = self.run(&simulate, &mut |_, line| {
            let gone = line.strip_prefix("Purg ").or_else(|| line.strip_prefix("Remv "));
            left.extend(gone.and_then(|rest| rest.split(' ').next()).map(str::to_owned));
        });
        told.map_err(|error| error.into_failure(format!("look for what {} leaves", names.join(" "))))?;
        Ok(left)
    }

    fn install(&self, packages: &[Wanted<'_>], how: How, output: &mut Output<'_>) -> Result<(), Failure> {
        let words = words(packages);
        let names: Vec<&str> = packages.iter().map(|package| package.name).collect();
        let tried = format!("install {}", words.join(" "));
        let mut install = vec!["install", "-y", recommends(how)];
        if packages.iter().any(|package| package.version.is_some()) {
            install.push("--allow-downgrades");
        }
        install.push("--");
        install.extend(words.iter().map(String::as_str));
        let mut is_fresh = false;
        if !self.has_lists() {
            self.update(output)?;
            is_fresh = true;
        }
        match self.run(&install, output) {
            Err(error) if !is_fresh && error.says(STALE) => {
                self.update(output)?;
                self.run(&install, output)
            }
            done => done,
        }
        .map_err(|error| {
            let hint = hint(&error, &names);
            error.into_failure(tried).with_hint(hint)
        })
    }

    fn remove(&self, names: &[&str], how: How, output: &mut Output<'_>) -> Result<(), Failure> {
        let remove: Vec<&str> =
            [if how.purges { "purge" } else { "remove" }, "-y", "--"].iter().chain(names).copied().collect();
        self.run(&remove, output).map_err(|error| error.into_failure(format!("remove {}", names.join(" "))))
    }
}

impl Apt<'_> {
    /// Whether `apt-get update` has ever been run.
    fn has_lists(self) -> bool {
        fs::read_dir(self.0.path("/var/lib/apt/lists")).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
        })
    }

    fn update(self, output: &mut Output<'_>) -> Result<(), Failure> {
        self.run(&["update"], output).map_err(|error| {
            error
                .into_failure("refresh the package lists (apt-get update)")
                .with_hint("see that the node reaches its package sources (/etc/apt/sources.list, proxy, DNS, clock)")
        })
    }

    fn run(self, arguments: &[&str], output: &mut Output<'_>) -> Result<(), ProgramError> {
        let argv = std::iter::once("apt-get").chain(OPTIONS.iter().copied()).chain(arguments.iter().copied());
        Program::new(self.0, argv).environment(ENVIRONMENT).deadline(DEADLINE).run(output)
    }
}

/// What apt-get is to install.
fn words(packages: &[Wanted<'_>]) -> Vec<String> {
    let word = |package: &Wanted<'_>| match (package.file, package.version) {
        (Some(file), _) => file.to_owned(),
        (None, Some(version)) => format!("{}={version}", package.name),
        (None, None) => package.name.to_owned(),
    };
    packages.iter().map(word).collect()
}

const fn recommends(how: How) -> &'static str {
    if how.recommends { "--install-recommends" } else { "--no-install-recommends" }
}

fn hint(error: &ProgramError, names: &[&str]) -> String {
    if error.says(&["Could not get lock", "Unable to acquire the dpkg"]) {
        "another package manager is at work on the node: wait for it to end, then apply again".to_owned()
    } else if error.says(&["dpkg --configure -a"]) {
        "an earlier installation was interrupted: run `dpkg --configure -a` on the node".to_owned()
    } else if error.says(STALE) {
        format!("see which source has {}: `apt-cache policy {}` on the node", names.join(" "), names.join(" "))
    } else {
        format!("run `apt-get install {}` on the node to see all of it", names.join(" "))
    }
}

/// The versions of installed packages by name, and the virtual packages they provide, which have none: `dpkg-query(1)`'s
/// `Status`, the third word of which counts.
fn installed(status: &str) -> Versions {
    let mut installed = Versions::new();
    for paragraph in status.split("\n\n") {
        let field =
            |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        if field("Status").and_then(|status| status.split(' ').nth(2)) == Some("installed") {
            for name in
                field("Provides").unwrap_or_default().split(',').filter_map(|name| name.split_whitespace().next())
            {
                installed.entry(name.to_owned()).or_default();
            }
            if let Some(name) = field("Package") {
                installed.insert(name.to_owned(), field("Version").unwrap_or_default().to_owned());
            }
        }
    }
    installed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    const STATUS: &str = "\
Package: mawk
Status: install ok installed
Architecture: amd64
Provides: awk, other-awk (= 1.0)
Description: a pattern scanner
 Package: not-a-field

Package: nginx
Status: deinstall ok config-files
Architecture: all

Package: half
Status: install ok half-configured
";

    #[test]
    fn only_what_is_installed_counts() {
        assert_eq!(installed(STATUS).into_keys().collect::<Vec<_>>(), ["awk", "mawk", "other-awk"]);
    }

    fn install(fake: &FakeNode) -> Result<(), Failure> {
        let ipvsadm = Wanted { name: "ipvsadm", version: None, file: None };
        Apt(&fake.node.root).install(&[ipvsadm], How::default(), &mut |_, _| ())
    }

    fn verbs(fake: &FakeNode) -> Vec<String> {
        fake.read("/calls").lines().map(str::to_owned).collect()
    }

    /// A node whose apt-get finds the package once its lists are fresh.
    fn node(update: &str) -> FakeNode {
        let fake = FakeNode::new();
        let script = r#"for word; do case "$word" in install|update) echo "$word" >>"$ROOT/calls"; break ;; esac; done
            if [ "$word" = update ]; then UPDATE; touch "$ROOT/fresh"; exit 0; fi
            [ -e "$ROOT/fresh" ] || { echo "E: Unable to locate package ipvsadm" >&2; exit 100; }"#;
        fake.program("apt-get", &script.replace("UPDATE", update));
        fake
    }

    #[test]
    fn lists_are_refreshed_only_when_a_package_is_not_found() {
        let fake = node(":");
        fake.write("/var/lib/apt/lists/deb_Packages", "");
        install(&fake).unwrap();
        install(&fake).unwrap();
        assert_eq!(verbs(&fake), ["install", "update", "install", "install"]);
    }

    #[test]
    fn empty_lists_are_refreshed_first() {
        let fake = node(":");
        install(&fake).unwrap();
        assert_eq!(verbs(&fake), ["update", "install"]);
    }

    #[test]
    fn a_failed_installation_says_what_apt_said() {
        let fake = node("exit 0");
        fake.write("/var/lib/apt/lists/deb_Packages", "");
        let failure = install(&fake).unwrap_err();
        assert_eq!(failure.tried, "install ipvsadm");
        assert_eq!(failure.came_back, "exit status 100\nE: Unable to locate package ipvsadm");
        assert!(failure.hint.unwrap().contains("apt-cache policy ipvsadm"));
    }
}
