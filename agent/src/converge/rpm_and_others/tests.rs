use super::*;
use crate::node::fake::FakeNode;

const NGINX: Wanted<'_> = Wanted { name: "nginx", version: None, file: None };

/// A node whose programs write down how they are called.
fn node() -> FakeNode {
    let fake = FakeNode::new();
    for program in ["rpm", "dnf", "yum", "zypper", "apk", "pacman"] {
        fake.program(program, &format!(r#"echo "{program} $*" >>"$ROOT/calls""#));
    }
    fake
}

fn calls(manager: PackageManager, order: impl FnOnce(Manager<'_>) -> Result<(), Failure>) -> String {
    let fake = node();
    order(Manager::new(&fake.node.root, manager).unwrap()).unwrap();
    fake.read("/calls").trim_end().to_owned()
}

#[test]
fn each_is_ordered_in_its_own_words() {
    use PackageManager::{Apk, Dnf, Pacman, Yum, Zypper};
    for (manager, install, upgrade, remove, refresh) in [
        (Dnf, "dnf -y install -- nginx", "dnf -y upgrade -- nginx", "dnf -y remove -- nginx", "dnf -y makecache"),
        (Yum, "yum -y install -- nginx", "yum -y update -- nginx", "yum -y remove -- nginx", "yum -y makecache"),
        (
            Zypper,
            "zypper -n install --oldpackage -- nginx",
            "zypper -n update -- nginx",
            "zypper -n remove -- nginx",
            "zypper -n refresh",
        ),
        (Apk, "apk add nginx", "apk add --upgrade nginx", "apk del nginx", "apk update"),
        (
            Pacman,
            "pacman -S --noconfirm --needed -- nginx",
            "pacman -S --noconfirm --needed -- nginx",
            "pacman -R --noconfirm -- nginx",
            "pacman -Sy",
        ),
    ] {
        let upgrades = How { upgrades: true, ..How::default() };
        assert_eq!(calls(manager, |it| it.install(&[NGINX], How::default(), &mut |_, _| ())), install);
        assert_eq!(calls(manager, |it| it.install(&[NGINX], upgrades, &mut |_, _| ())), upgrade);
        assert_eq!(calls(manager, |it| it.remove(&["nginx"], How::default(), &mut |_, _| ())), remove);
        assert_eq!(calls(manager, |it| it.refresh(&mut |_, _| ())), refresh);
    }
}

#[test]
fn versions_and_files_are_named_as_each_wants_it() {
    use PackageManager::{Apk, Dnf, Pacman, Zypper};
    let version = Wanted { version: Some("1.24-1"), ..NGINX };
    let file = Wanted { file: Some("/a/nginx.pkg"), ..version };
    for (manager, of_version, of_file) in [
        (Dnf, "dnf -y install -- nginx-1.24-1", "dnf -y install -- /a/nginx.pkg"),
        (
            Zypper,
            "zypper -n install --oldpackage -- nginx=1.24-1",
            "zypper -n --no-gpg-checks install --oldpackage --allow-unsigned-rpm -- /a/nginx.pkg",
        ),
        (Apk, "apk add nginx=1.24-1", "apk add --allow-untrusted /a/nginx.pkg"),
    ] {
        assert_eq!(calls(manager, |it| it.install(&[version], How::default(), &mut |_, _| ())), of_version);
        assert_eq!(calls(manager, |it| it.install(&[file], How::default(), &mut |_, _| ())), of_file);
    }
    let fake = node();
    let pacman = Manager::new(&fake.node.root, Pacman).unwrap();
    let refused = pacman.install(&[version], How::default(), &mut |_, _| ()).unwrap_err();
    assert!(refused.came_back.contains("cannot be asked for a version"), "{refused:?}");
    let of_file = "pacman -U --noconfirm --needed -- /a/nginx.pkg";
    assert_eq!(calls(Pacman, |it| it.install(&[file], How::default(), &mut |_, _| ())), of_file);
}

/// What the managers themselves print.
#[test]
fn versions_are_read_from_what_each_prints() {
    use PackageManager::{Apk, Dnf, Pacman, Zypper};
    for (manager, program, prints, status, expected) in [
        (Dnf, "rpm", "1:1.24.0-4.el9", 0, Some("1:1.24.0-4.el9")),
        (Dnf, "rpm", "no package provides nginx", 1, None),
        (Zypper, "rpm", "1.21.5-150600.10.12.1", 0, Some("1.21.5-150600.10.12.1")),
        (Apk, "apk", "nginx-1.26.3-r0", 0, Some("1.26.3-r0")),
        (Apk, "apk", "", 1, None),
        (Pacman, "pacman", "nginx 1.28.0-1", 0, Some("1.28.0-1")),
        (Pacman, "pacman", "error: package 'nginx' was not found", 1, None),
    ] {
        let fake = FakeNode::new();
        fake.program(program, &format!(r#"echo "{prints}"; exit {status}"#));
        let installed = Manager::new(&fake.node.root, manager).unwrap().installed(&["nginx"]).unwrap();
        assert_eq!(installed.get("nginx").map(String::as_str), expected, "{manager:?}");
    }
}

#[test]
fn only_packages_that_are_named_as_newer_are_outdated() {
    use PackageManager::{Apk, Dnf, Pacman, Zypper};
    let names = ["nginx", "ipvsadm"].map(str::to_owned);
    for (manager, program, prints) in [
        (
            Dnf,
            "dnf",
            "Available Upgrades\nnginx.x86_64       1:1.24.0-5.el9     updates\nipvsadm-libs.x86_64  8  updates",
        ),
        (
            Zypper,
            "zypper",
            "Loading repository data...\nReading installed packages...\n\
             S | Repository | Name  | Current Version | Available Version | Arch\n\
             --+------------+-------+-----------------+-------------------+-------\n\
             v | oss        | nginx | 1.21.5-1        | 1.21.6-1          | x86_64",
        ),
        (Apk, "apk", "nginx-1.26.3-r0\nipvsadm-doc-1.31-r3"),
        (Pacman, "pacman", "nginx 1.28.0-1 -> 1.28.0-2"),
    ] {
        let fake = FakeNode::new();
        fake.program(program, &format!("cat <<'EOF'\n{prints}\nEOF"));
        let outdated = Manager::new(&fake.node.root, manager).unwrap().outdated(&names).unwrap();
        assert_eq!(outdated.into_iter().collect::<Vec<_>>(), ["nginx"], "{manager:?}");
    }
}

#[test]
fn lists_are_refreshed_only_when_a_package_is_not_found() {
    use PackageManager::{Apk, Dnf, Pacman, Zypper};
    for (manager, program, missing, verbs) in [
        (Dnf, "dnf", "Error: Unable to find a match: nosuch", ["install", "makecache", "install"]),
        (Zypper, "zypper", "No provider of 'nginx' found.", ["install", "refresh", "install"]),
        (Apk, "apk", "ERROR: unable to select packages:\n  nginx (no such package):", ["add", "update", "add"]),
        (Pacman, "pacman", "error: target not found: nginx", ["-S", "-Sy", "-S"]),
    ] {
        let fake = FakeNode::new();
        let script = r#"for word; do case "$word" in -y|-n) ;; *) echo "$word" >>"$ROOT/calls"; break ;; esac; done
            case "$word" in makecache|refresh|update|-Sy) exit 0 ;; esac
            echo "MISSING"; exit 1"#;
        fake.program(program, &script.replace("MISSING", missing));
        let it = Manager::new(&fake.node.root, manager).unwrap();
        let failure = it.install(&[NGINX], How::default(), &mut |_, _| ()).unwrap_err();
        assert!(failure.hint.unwrap().contains("no repository of the node has it"), "{manager:?}");
        assert_eq!(fake.read("/calls").lines().collect::<Vec<_>>(), verbs);
    }
}
