//! Where the image's packages come from: the apt sources that this machine itself is configured with, whatever mirror or
//! proxy that is.

use std::{collections::BTreeMap, fs};

use tokio::process::Command;

use crate::lab::{Error, tool};

/// The release of this machine and its sources.
#[derive(Debug)]
pub(super) struct Sources {
    /// `bookworm`
    pub suite: String,
    /// `amd64`
    pub architecture: String,
    /// For `sources.list`.
    pub list: String,
    /// For apt.conf: what this machine needs to get through to its mirror.
    pub options: String,
}

impl Sources {
    /// Reads the configuration of this machine.
    pub(super) async fn of_this_machine() -> Result<Self, Error> {
        let suite = suite(&fs::read_to_string("/etc/os-release").unwrap_or_default()).ok_or_else(|| {
            Error::Missing(vec!["a Debian or Ubuntu release (VERSION_CODENAME in /etc/os-release)".into()])
        })?;
        let what = "read this machine's apt configuration";
        let mut targets = Command::new("apt-get");
        targets.args(["indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)", "Created-By: Packages"]);
        let targets = tool::run(&mut targets, None, what).await?;
        let list = list(&targets, &suite);
        if list.is_empty() {
            return Err(Error::Missing(vec![format!("an apt source for {suite} (see /etc/apt/sources.list)")]));
        }
        let architecture = tool::run(Command::new("dpkg").arg("--print-architecture"), None, what).await?;
        let dump = tool::run(Command::new("apt-config").arg("dump"), None, what).await?;
        Ok(Self { suite, architecture: architecture.trim().to_owned(), list, options: options(&dump) })
    }
}

/// Derivatives say which release they are made from.
fn suite(os_release: &str) -> Option<String> {
    let variables: BTreeMap<&str, &str> = os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key, value.trim_matches('"')))
        .collect();
    ["DEBIAN_CODENAME", "UBUNTU_CODENAME", "VERSION_CODENAME"]
        .iter()
        .find_map(|key| variables.get(key))
        .filter(|value| !value.is_empty())
        .map(|value| (*value).to_owned())
}

/// Lines of a sources.list: the release itself, its updates and its security fixes, and nothing of third parties. The
/// release also as source, for the archives that people build from.
fn list(targets: &str, suite: &str) -> String {
    let mut components: Vec<((&str, &str), Vec<&str>)> = Vec::new();
    for line in targets.lines() {
        let mut fields = line.split('|');
        let (Some(uri), Some(release), Some(component)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let rest = release.strip_prefix(suite);
        if !matches!(rest, Some("" | "-updates" | "-security" | "/updates")) || !is_distribution(component) {
            continue;
        }
        match components.iter_mut().find(|(source, _)| *source == (uri, release)) {
            Some((_, list)) if list.contains(&component) => {}
            Some((_, list)) => list.push(component),
            None => components.push(((uri, release), vec![component])),
        }
    }
    let line = |kind: &str, ((uri, release), list): &((&str, &str), Vec<&str>)| {
        format!("{kind} {uri} {release} {}\n", list.join(" "))
    };
    let sources = components.iter().filter(|((_, release), _)| *release == suite);
    components.iter().map(|source| line("deb", source)).chain(sources.map(|source| line("deb-src", source))).collect()
}

fn is_distribution(component: &str) -> bool {
    matches!(component, "main" | "universe")
}

/// Proxies and what makes an old snapshot acceptable.
fn options(dump: &str) -> String {
    let wanted = ["Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::ForceIPv", "Acquire::Retries"];
    dump.lines()
        .filter(|line| wanted.iter().any(|prefix| line.starts_with(prefix)) && !line.ends_with("\"\";"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_parties_stay_out() {
        let targets = "http://a.invalid/debian/|bookworm|main\n\
                       http://a.invalid/debian/|bookworm|contrib\n\
                       http://a.invalid/debian-security/|bookworm-security|main\n\
                       http://a.invalid/debian/|trixie|main\n\
                       http://b.invalid/|nodistro|main\n";
        assert_eq!(
            list(targets, "bookworm"),
            "deb http://a.invalid/debian/ bookworm main\ndeb http://a.invalid/debian-security/ bookworm-security main\n\
             deb-src http://a.invalid/debian/ bookworm main\n"
        );
    }

    #[test]
    fn a_derivative_is_built_from_its_release() {
        assert_eq!(suite("VERSION_CODENAME=bookworm\n").as_deref(), Some("bookworm"));
        assert_eq!(suite("VERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n").as_deref(), Some("noble"));
        assert_eq!(suite("ID=alpine\n"), None);
    }

    #[test]
    fn proxies_are_carried_over() {
        let dump = "APT \"\";\nAcquire \"\";\nAcquire::http \"\";\nAcquire::http::Proxy \"http://p.invalid:1\";\n";
        assert_eq!(options(dump), "Acquire::http::Proxy \"http://p.invalid:1\";\n");
    }
}
