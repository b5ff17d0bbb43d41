//! What a lab needs of this machine. Everything that is missing is said at once, with how to get it.

use std::{fs, fs::File, path::Path};

use super::{
    Error,
    namespace::is_root,
    tool,
    uml::{self, KERNEL},
};

/// Programs and the Debian packages they come from.
const PROGRAMS: &[(&str, &str)] = &[
    (KERNEL, "user-mode-linux"),
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
    ("setsid", "util-linux"),
    ("tar", "tar"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
];

/// Programs that only building an image takes.
const BUILDERS: &[(&str, &str)] =
    &[("mmdebstrap", "mmdebstrap"), ("mkfs.ext4", "e2fsprogs"), ("apt-get", "apt"), ("apt-config", "apt")];

/// Checks what running a lab takes.
pub(super) fn to_run() -> Result<(), Error> {
    let mut missing = programs(PROGRAMS);
    if uml::needs_compiler() && tool::find("cc").is_err() {
        missing.push("a C compiler, since this processor has AMX: apt-get install gcc libc6-dev".into());
    }
    if let Err(error) = File::options().read(true).write(true).open("/dev/net/tun") {
        let how = if is_root() { "modprobe tun" } else { "as root: modprobe tun; chmod 0666 /dev/net/tun" };
        missing.push(format!("/dev/net/tun ({error}): {how}"));
    }
    if !is_root() {
        missing.extend(user_namespaces());
    }
    check(missing)
}

/// Checks what building an image takes.
pub(super) fn to_build() -> Result<(), Error> {
    let mut missing = programs(BUILDERS);
    if !is_root() {
        if tool::find("newuidmap").is_err() {
            missing.push("newuidmap: apt-get install uidmap".into());
        }
        missing.extend(["/etc/subuid", "/etc/subgid"].into_iter().filter(|path| !has_range(path)).map(|path| {
            format!("ids for files of other owners in {path}; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER")
        }));
        missing.extend(user_namespaces());
    }
    check(missing)
}

fn check(missing: Vec<String>) -> Result<(), Error> {
    if missing.is_empty() { Ok(()) } else { Err(Error::Missing(missing)) }
}

fn programs(wanted: &[(&str, &str)]) -> Vec<String> {
    let absent = wanted.iter().filter(|(program, _)| tool::find(program).is_err());
    absent.map(|(program, package)| format!("{program}: apt-get install {package}")).collect()
}

/// Three switches, by kernel, that forbid user namespaces to ordinary users.
fn user_namespaces() -> Option<String> {
    let is = |path: &str, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
    let (path, name, value) = [
        ("/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", "0"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", "0"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "kernel.apparmor_restrict_unprivileged_userns", "1"),
    ]
    .into_iter()
    .find(|(path, _, value)| is(path, value))?;
    let wanted = match (Path::new(path).file_name().and_then(|name| name.to_str()), value) {
        (Some("max_user_namespaces"), _) => "10000",
        (_, "0") => "1",
        _ => "0",
    };
    Some(format!("user namespaces for ordinary users; as root: sysctl -w {name}={wanted} (or run lvsctl as root)"))
}

fn has_range(path: &str) -> bool {
    let user = std::env::var("USER").unwrap_or_default();
    let id = rustix::process::geteuid().as_raw().to_string();
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| line.split(':').next()).any(|owner| owner == user || owner == id)
}
