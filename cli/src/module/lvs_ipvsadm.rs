//! `lvs_ipvsadm`: ipvsadm from source, in steps that the playbook `ipvsadm.yml` puts together: look whether it was
//! built, build it, hand over what was built, receive it, remove it.
//!
//! The agent knows nothing of it: packages, commands and looks are all there is. What was built is told by a mark on the
//! node, a file whose name has the version and a hash of all that the build depends on.

use base64::{Engine, engine::general_purpose::STANDARD};
use lvs_agent::{
    state::{self, Bytes, Command, Resource},
    wire::{Facts, PackageManager},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Context, Wanted, archive::FetchedArchive, arguments::Arguments, beside::Beside};
use crate::{
    source::{Code, Diagnostic, Diagnostics, Span},
    yaml::{Fields, Node},
};

/// Where the marks are.
const BUILT: &str = "/var/lib/lvsctl/built";

/// Seconds that a build may take.
const PATIENCE: u64 = 30 * 60;

const BUILD: &str = include_str!("lvs_ipvsadm/build.sh");
const RECEIVE: &str = include_str!("lvs_ipvsadm/receive.sh");
const INSTALL: &str = include_str!("lvs_ipvsadm/install.sh");
const REMOVE: &str = include_str!("lvs_ipvsadm/remove.sh");

/// The arguments of `lvs_ipvsadm`.
#[derive(Clone, Debug)]
pub struct LvsIpvsadm {
    step: Step,
    spec: Option<Spec>,
    /// What another node has handed over.
    bundle: Option<Bundle>,
    place: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Look,
    Build,
    HandOver,
    Receive,
    Remove,
}

/// What is to be built: the variable `lvs_ipvsadm`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spec {
    version: String,
    archive: FetchedArchive,
    prefix: String,
    /// Arguments of make, as `CFLAGS=-O2`.
    flags: Vec<String>,
}

/// What another node has built, and what kind of node that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bundle {
    content: String,
    kind: String,
}

impl LvsIpvsadm {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let steps = [
            ("look", Step::Look),
            ("build", Step::Build),
            ("hand_over", Step::HandOver),
            ("receive", Step::Receive),
            ("remove", Step::Remove),
        ];
        let step = from.choice(&["step"], &steps).unwrap_or(Step::Look);
        let spec = from.optional(&["spec"], Spec::read);
        let bundle = from.optional(&["built"], |node| {
            let mut fields = Fields::new("bundle", node)?;
            let text = |node: Option<&Node>| node.map_or(Ok(String::new()), Node::to_text);
            Ok(Bundle { content: text(fields.optional("content"))?, kind: text(fields.optional("kind"))? })
        });
        Self { step, spec, bundle, place: from.span().clone() }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Vec<Wanted>, Diagnostics> {
        if self.step == Step::Remove {
            let remove = Command {
                shown: Some("remove the ipvsadm that was built".to_owned()),
                removes: Some(format!("{BUILT}/ipvsadm")),
                ..script(&[REMOVE])
            };
            return Ok(vec![Wanted::plain(Resource::Command(remove))]);
        }
        let Some(spec) = &self.spec else { return Ok(Vec::new()) };
        let mark = spec.mark();
        let marked = format!("{BUILT}/{mark}");
        let kind = kind(context.facts);
        Ok(match self.step {
            Step::Look => {
                let look = state::Look::Stat { path: marked, follow: false, checksum: None };
                vec![Wanted::plain(Resource::Look(look))]
            }
            Step::Build => {
                let notes = format!(
                    "version {}\nsha256 {}\nprefix {}\nflags {}",
                    spec.version,
                    spec.archive.sha256,
                    spec.prefix,
                    spec.flags.join(" ")
                );
                let mut build = script(&["", &spec.prefix, &mark, &notes]);
                build.argv.splice(2..3, [[PRELUDE, BUILD, INSTALL].concat()]);
                build.argv.extend(spec.flags.iter().cloned());
                build.shown = Some(format!("build ipvsadm {} and install it below {}", spec.version, spec.prefix));
                build.creates = Some(marked);
                build.script = Some(Bytes(spec.archive.read(context)?));
                vec![packages(context.facts, NEEDED_TO_BUILD, &self.place)?, Wanted::plain(Resource::Command(build))]
            }
            Step::HandOver => {
                let path = format!("{marked}.tar.gz");
                let look = state::Look::Slurp { path, sums: false, may_be_missing: true };
                vec![Wanted::plain(Resource::Look(look)).returning([("kind", kind.into())])]
            }
            Step::Receive => {
                let bundle = self.bundle.unwrap_or_default();
                if bundle.kind != kind && !bundle.kind.is_empty() {
                    let title = format!("ipvsadm was built on {}, and this node is {kind}", bundle.kind);
                    return Err(Diagnostic::new(Code::WrongValue, title, &self.place, "")
                        .hint("leave `build_on` out, so that each node builds it, or build it on one of each kind")
                        .into());
                }
                let packed = STANDARD.decode(&bundle.content).map_err(|_| {
                    Diagnostic::new(Code::WrongValue, "what was handed over is no base64", &self.place, "")
                })?;
                let mut receive = script(&["", &mark]);
                receive.argv.splice(2..3, [[PRELUDE, RECEIVE, INSTALL].concat()]);
                receive.shown = Some(format!("install ipvsadm {} as another node has built it", spec.version));
                receive.creates = Some(marked);
                receive.script = Some(Bytes(packed));
                vec![packages(context.facts, NEEDED_TO_RUN, &self.place)?, Wanted::plain(Resource::Command(receive))]
            }
            Step::Remove => Vec::new(),
        })
    }
}

/// Before each script: a mistake ends it, and where the marks are.
const PRELUDE: &str = "set -eu\nbuilt=/var/lib/lvsctl/built\n";

/// A script of sh(1) with arguments; the first is the text itself where it has none.
fn script(words: &[&str]) -> Command {
    let mut argv = vec!["/bin/sh".to_owned(), "-c".to_owned()];
    match words {
        [text] => argv.push([PRELUDE, text].concat()),
        arguments => {
            argv.extend([String::from("-"), "lvsctl".to_owned()]);
            argv.extend(arguments.iter().map(|&word| word.to_owned()));
        }
    }
    Command { timeout_seconds: Some(PATIENCE), ..Command::new(argv) }
}

impl Spec {
    fn read(node: &Node) -> Result<Self, Diagnostic> {
        let mut fields = Fields::new("`lvs_ipvsadm`", node)?;
        fields.optional("source");
        fields.optional("build_on");
        let (version, archive, sha256) =
            (fields.required("version"), fields.required("archive"), fields.required("sha256"));
        let (prefix, flags) = (fields.optional("prefix"), fields.optional("flags"));
        fields.finish()?;
        let (version_node, archive, sha256_node) = (version?, archive?, sha256?);
        let version = version_node.to_text()?;
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+~".contains(&byte));
        if version.is_empty() || version.len() > 32 || !is_plain(&version) {
            return Err(version_node.wrong_value(format!("`{version}` is no version")).hint("write \"1.31\""));
        }
        let sha256 = sha256_node.to_text()?.to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(sha256_node
                .wrong_value("a SHA-256 has 64 hexadecimal digits")
                .hint("`sha256sum FILE` prints it"));
        }
        let prefix = prefix.map_or(Ok("/usr/local".to_owned()), |node| {
            let text = node.to_text()?;
            let is_sound = text.len() > 1 && text.starts_with('/') && !text.contains("..");
            if is_sound && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-_+".contains(&byte)) {
                Ok(text.trim_end_matches('/').to_owned())
            } else {
                Err(node.wrong_value(format!("`{text}` is no folder to install below")).hint("write /usr/local"))
            }
        })?;
        let flags = flags.map_or(Ok(Vec::new()), |node| {
            node.as_list_or_one()
                .iter()
                .map(|node| {
                    let flag = node.to_text()?;
                    let is_assignment =
                        flag.split_once('=').is_some_and(|(name, _)| !name.is_empty() && is_plain(name));
                    if is_assignment && !flag.contains(char::is_control) {
                        Ok(flag)
                    } else {
                        Err(node.wrong_value(format!("`{flag}` sets no variable of make")).hint("write `CFLAGS=-O2`"))
                    }
                })
                .collect()
        })?;
        let from = Beside { name: archive.to_text()?, place: archive.span.clone(), folder: "files" };
        Ok(Self { version, archive: FetchedArchive { from, sha256 }, prefix, flags })
    }

    /// The name of the mark: another archive, prefix or flag makes another one.
    fn mark(&self) -> String {
        let of = json!([self.version, self.archive.sha256, self.prefix, self.flags]).to_string();
        let digest = Sha256::digest(of);
        let hash = digest.iter().take(6).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        format!("ipvsadm-{}-{hash}", self.version)
    }
}

/// What kind of node it is, as far as a program cares.
fn kind(facts: &Facts) -> String {
    format!("{} {} on {}", facts.distribution, facts.distribution_version, facts.architecture)
}

type Packages = fn(PackageManager) -> &'static [&'static str];

const NEEDED_TO_BUILD: Packages = |manager| match manager {
    PackageManager::Apt => {
        &["gcc", "make", "pkg-config", "libc6-dev", "libnl-3-dev", "libnl-genl-3-dev", "libpopt-dev"]
    }
    // Names and what others provide: `pkgconfig` is another package in each release.
    PackageManager::Dnf | PackageManager::Yum => &["gcc", "make", "pkgconfig", "libnl3-devel", "popt-devel"],
    PackageManager::Zypper => &["gcc", "make", "pkg-config", "libnl3-devel", "popt-devel"],
    PackageManager::Apk => &["gcc", "make", "musl-dev", "linux-headers", "pkgconf", "libnl3-dev", "popt-dev"],
    PackageManager::Pacman => &["gcc", "make", "pkgconf", "libnl", "popt"],
};

const NEEDED_TO_RUN: Packages = |manager| match manager {
    PackageManager::Apt => &["libnl-3-200", "libnl-genl-3-200", "libpopt0"],
    PackageManager::Dnf | PackageManager::Yum | PackageManager::Apk => &["libnl3", "popt"],
    PackageManager::Zypper => &["libnl3-200", "libpopt0"],
    PackageManager::Pacman => &["libnl", "popt"],
};

fn packages(facts: &Facts, needed: Packages, place: &Span) -> Result<Wanted, Diagnostic> {
    let Some(manager) = facts.package_manager else {
        let title = "the node has no package manager that lvsctl knows, and ipvsadm needs libraries";
        return Err(Diagnostic::new(Code::WrongValue, title, place, ""));
    };
    let names = needed(manager).iter().map(|&name| name.to_owned()).collect();
    Ok(Wanted::plain(Resource::Package(state::Package { names, ..state::Package::default() })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{source::Source, yaml};

    const SUM: &str = "7276bcf214f31051188b2e44f11029e57303f37e54126e517000c1b2123a6d4e";

    fn spec(more: &str) -> Result<Spec, String> {
        let text = format!("{{ source: build, version: '1.31', archive: a.tar.gz, sha256: {SUM}{more} }}\n");
        Spec::read(&yaml::parse(&Source::new("inventory.yml", text)).unwrap())
            .map_err(|error| Diagnostics::from(error).render(false))
    }

    #[test]
    fn all_that_a_build_depends_on_is_in_its_mark() {
        let marks: std::collections::BTreeSet<String> =
            ["", ", prefix: /opt/lvs", ", flags: CFLAGS=-O2"].map(|more| spec(more).unwrap().mark()).into();
        assert_eq!(marks.len(), 3);
        assert!(marks.iter().all(|mark| mark.starts_with("ipvsadm-1.31-")), "{marks:?}");
    }

    #[test]
    fn what_cannot_be_built_is_a_mistake_with_its_place() {
        for (more, expected) in [
            (", prefix: usr", "`usr` is no folder to install below"),
            (", prefix: /usr/../x", "is no folder to install below"),
            (", flags: [-j4]", "`-j4` sets no variable of make"),
            (", prefx: /usr", "unknown key `prefx`"),
        ] {
            let shown = spec(more).unwrap_err();
            assert!(shown.contains(expected) && shown.contains("inventory.yml:1:"), "{shown}");
        }
    }

    #[test]
    fn the_archive_takes_the_place_of_the_first_empty_argument() {
        let command = script(&["", "/usr/local"]);
        assert_eq!(command.argv, ["/bin/sh", "-c", "-", "lvsctl", "", "/usr/local"]);
    }
}
