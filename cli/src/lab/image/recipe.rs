//! What goes into an image. Its hash names the image, so that another recipe makes another one.

use sha2::{Digest, Sha256};

use crate::lab::{tool, topology::Family};

/// A file of the image: where, mode, content.
#[derive(Debug)]
pub(super) struct File {
    pub path: &'static str,
    pub mode: u32,
    pub content: &'static str,
}

const fn file(path: &'static str, mode: u32, content: &'static str) -> File {
    File { path, mode, content }
}

/// Files that are copied into every image.
const FILES: &[File] = &[
    file("customize.sh", 0o755, include_str!("customize.sh")),
    file("etc/ssh/sshd_config.d/lab.conf", 0o644, include_str!("root/sshd.conf")),
    file("etc/nginx/sites-available/lab", 0o644, include_str!("root/nginx.conf")),
];

/// Files of an image with init scripts: a script that does the whole boot, and busybox as process 1.
const LEAN: &[File] = &[
    file("init.sh", 0o755, include_str!("init-lean.sh")),
    file("etc/inittab", 0o644, include_str!("root/lean/inittab")),
    file("etc/fstab", 0o644, include_str!("root/lean/fstab")),
    file("usr/lib/lab/boot", 0o755, include_str!("root/lean/boot")),
    file("usr/sbin/runlevel", 0o755, include_str!("root/lean/runlevel")),
    file("usr/sbin/shutdown", 0o755, include_str!("root/lean/shutdown")),
];

/// Files of an image with systemd as process 1.
const SYSTEMD_INIT: &[File] = &[
    file("init.sh", 0o755, include_str!("init-systemd.sh")),
    file("etc/systemd/journald.conf.d/lab.conf", 0o644, include_str!("root/systemd/journald.conf")),
    file("etc/systemd/system/lab-ready.service", 0o644, include_str!("root/systemd/lab-ready.service")),
    file(
        "etc/systemd/system/systemd-udev-trigger.service.d/lab.conf",
        0o644,
        include_str!("root/systemd/udev-trigger.conf"),
    ),
    file("usr/lib/lab/init", 0o755, include_str!("root/systemd/init")),
];

/// Packages that are installed in every image.
const PACKAGES: &[&str] = &[
    "busybox",
    "curl",
    "init-system-helpers",
    "iproute2",
    "iputils-arping",
    "iputils-ping",
    "kmod",
    "less",
    "nftables",
    "nginx-light",
    "openssh-server",
    "procps",
    "sysvinit-utils",
    "tcpdump",
];

/// What goes into the images of one family.
#[derive(Debug)]
pub(super) struct Recipe {
    family: Family,
    init: &'static [File],
    files: &'static [File],
    packages: &'static [&'static str],
    /// Packages that wait in the repository on the node's own disk, with what they depend on.
    pub(super) repository: &'static [&'static str],
}

/// The repository of Debian packages.
const REPOSITORY: File = file("repository.sh", 0o755, include_str!("repository-debian.sh"));

/// What waits in it.
const DEBS: &[&str] = &[
    "conntrack",
    "gcc",
    "hello",
    "iptables",
    "ipvsadm",
    "keepalived",
    "ldirectord",
    "libc6-dev",
    "libnl-3-dev",
    "libnl-genl-3-dev",
    "libpopt-dev",
    "make",
    "opendoas",
    "pkg-config",
    "python3",
    "python3-apt",
    "sudo",
    "wrk",
];

const DEBIAN: Recipe =
    Recipe { family: Family::Debian, init: LEAN, files: &[REPOSITORY], packages: &["ifupdown"], repository: DEBS };

const SYSTEMD: Recipe = Recipe {
    family: Family::Systemd,
    init: SYSTEMD_INIT,
    files: &[REPOSITORY],
    packages: &["dbus", "systemd-sysv", "udev"],
    repository: DEBS,
};

const RPM: Recipe = Recipe {
    family: Family::Rpm,
    init: LEAN,
    files: &[
        file("repository.sh", 0o755, include_str!("repository-rpm.sh")),
        file("usr/lib/lab/ifcfg", 0o755, include_str!("root/ifcfg")),
        file("usr/lib/os-release", 0o644, include_str!("root/os-release-rpm")),
    ],
    packages: &["createrepo-c", "dnf", "rpm", "zypper"],
    // The script makes them.
    repository: &[],
};

/// What the image is made for.
pub(super) struct Target<'a> {
    /// `bookworm`
    pub suite: &'a str,
    /// `amd64`
    pub architecture: &'a str,
    /// The kernel whose modules are in it.
    pub kernel: &'a str,
}

impl Recipe {
    /// What goes into the images of a family.
    pub(super) const fn of(family: Family) -> &'static Self {
        match family {
            Family::Debian => &DEBIAN,
            Family::Rpm => &RPM,
            Family::Systemd => &SYSTEMD,
        }
    }

    /// Files that are copied in.
    pub(super) fn files(&self) -> impl Iterator<Item = &'static File> {
        FILES.iter().chain(self.init).chain(self.files)
    }

    /// Packages that are installed.
    pub(super) fn packages(&self) -> impl Iterator<Item = &'static str> {
        PACKAGES.iter().chain(self.packages).copied()
    }

    /// The name of the image that this recipe makes.
    pub(super) fn key(&self, target: &Target<'_>) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        };
        for text in [target.suite, target.architecture, target.kernel] {
            add(text);
        }
        for file in self.files() {
            add(file.path);
            add(&format!("{:o}", file.mode));
            add(file.content);
        }
        self.packages().chain(self.repository.iter().copied()).for_each(add);
        let family = match self.family {
            Family::Debian => "",
            Family::Rpm => "-rpm",
            Family::Systemd => "-systemd",
        };
        format!("{}{family}-{}", target.suite, tool::short_hash(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kernel_makes_another_image() {
        let target = |kernel| Target { suite: "bookworm", architecture: "amd64", kernel };
        let key = |kernel| DEBIAN.key(&target(kernel));
        assert_eq!(key("6.1.1"), key("6.1.1"));
        assert_ne!(key("6.1.1"), key("6.1.2"));
        assert!(key("6.1.1").starts_with("bookworm-"));
        assert!(RPM.key(&target("6.1.1")).starts_with("bookworm-rpm-"));
    }

    #[test]
    fn ipvsadm_is_for_people_to_install() {
        assert!(DEBIAN.packages().all(|package| package != "ipvsadm"));
        assert!(DEBIAN.repository.contains(&"ipvsadm"));
    }
}
