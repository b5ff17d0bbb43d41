//! What goes into an image. Its hash names the image, so that another recipe makes another one.

use sha2::{Digest, Sha256};

use crate::lab::tool;

/// A file of the image: where, mode, content.
pub(super) struct File {
    pub path: &'static str,
    pub mode: u32,
    pub content: &'static str,
}

const fn file(path: &'static str, mode: u32, content: &'static str) -> File {
    File { path, mode, content }
}

/// Files that are copied in.
pub(super) const FILES: &[File] = &[
    file("customize.sh", 0o755, include_str!("customize.sh")),
    file("etc/inittab", 0o644, include_str!("root/inittab")),
    file("etc/fstab", 0o644, include_str!("root/fstab")),
    file("usr/lib/lab/boot", 0o755, include_str!("root/boot")),
    file("usr/sbin/runlevel", 0o755, include_str!("root/runlevel")),
    file("usr/sbin/shutdown", 0o755, include_str!("root/shutdown")),
    file("etc/ssh/sshd_config.d/lab.conf", 0o644, include_str!("root/sshd.conf")),
    file("etc/nginx/sites-available/lab", 0o644, include_str!("root/nginx.conf")),
];

/// Packages that are installed.
pub(super) const PACKAGES: &[&str] = &[
    "busybox",
    "curl",
    "ifupdown",
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

/// Packages that wait in the repository on the node's own disk, with what they depend on.
pub(super) const REPOSITORY: &[&str] =
    &["conntrack", "hello", "iptables", "ipvsadm", "keepalived", "ldirectord", "python3", "python3-apt", "wrk"];

/// What the image is made for.
pub(super) struct Target<'a> {
    /// `bookworm`
    pub suite: &'a str,
    /// `amd64`
    pub architecture: &'a str,
    /// The kernel whose modules are in it.
    pub kernel: &'a str,
}

/// The name of the image that this recipe makes.
pub(super) fn key(target: &Target<'_>) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    for text in [target.suite, target.architecture, target.kernel] {
        add(text);
    }
    for file in FILES {
        add(file.path);
        add(&format!("{:o}", file.mode));
        add(file.content);
    }
    PACKAGES.iter().chain(REPOSITORY).for_each(|package| add(package));
    format!("{}-{}", target.suite, tool::short_hash(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kernel_makes_another_image() {
        let target = |kernel| Target { suite: "bookworm", architecture: "amd64", kernel };
        assert_eq!(key(&target("6.1.1")), key(&target("6.1.1")));
        assert_ne!(key(&target("6.1.1")), key(&target("6.1.2")));
        assert!(key(&target("6.1.1")).starts_with("bookworm-"));
    }

    #[test]
    fn ipvsadm_is_for_people_to_install() {
        assert!(!PACKAGES.contains(&"ipvsadm"));
        assert!(REPOSITORY.contains(&"ipvsadm"));
    }
}
