//! What a node is, from files and netlink: no program is run, as each costs tens of milliseconds on a small node.

mod machine;
mod os_release;

use std::path::Path;

use crate::{
    net,
    node::Root,
    wire::{Facts, Failure, InitSystem, MachineFacts, NetworkSystem, PackageManager},
};

use os_release::OsRelease;

/// Gathers the facts of this node.
pub fn gather() -> Result<Facts, Failure> {
    // The agent is a program of the node's own architecture.
    let architecture = std::env::consts::ARCH.to_owned();
    let agent = std::fs::read_link("/proc/self/exe").unwrap_or_default().to_string_lossy().into_owned();
    let root = Root::default();
    let mut facts = Facts { architecture, agent, interfaces: net::interfaces()?, ..of(&root) };
    facts.machine = machine::of(&root, &facts.hostname, &facts.kernel);
    facts.machine.routes = net::routes()?;
    Ok(facts)
}

/// The facts of the node below a root, as far as files tell them.
pub(crate) fn of(root: &Root) -> Facts {
    let os = OsRelease::read(root);
    Facts {
        hostname: root.line("/proc/sys/kernel/hostname").unwrap_or_default(),
        family: os.family(),
        distribution: os.id,
        distribution_version: os.version_id,
        kernel: kernel_release(root),
        architecture: String::new(),
        boot_id: root.line("/proc/sys/kernel/random/boot_id").unwrap_or_default(),
        init: init_system(root),
        package_manager: package_manager(root),
        network_systems: network_systems(root),
        agent: String::new(),
        interfaces: Vec::new(),
        machine: MachineFacts::default(),
    }
}

/// Release of the running kernel, as `uname -r` prints it.
pub(crate) fn kernel_release(root: &Root) -> String {
    root.line("/proc/sys/kernel/osrelease").unwrap_or_default()
}

/// The init system. systemd documents the folder as the test for itself: `sd_booted(3)`.
pub(crate) fn init_system(root: &Root) -> InitSystem {
    if root.path("/run/systemd/system").is_dir() {
        InitSystem::Systemd
    } else if root.path("/run/openrc").is_dir() {
        InitSystem::Openrc
    } else {
        InitSystem::Sysv
    }
}

/// The systems that may configure the network; the two daemons by what they keep while they run.
fn network_systems(root: &Root) -> Vec<NetworkSystem> {
    let has = |folder: &str, is_of_it: fn(&str) -> bool| {
        let entries = std::fs::read_dir(root.path(folder)).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_str().is_some_and(is_of_it))
    };
    let is_ifcfg = |name: &str| name.strip_prefix("ifcfg-").is_some_and(|device| device != "lo");
    [
        (has("/etc/netplan", |name| Path::new(name).extension() == Some("yaml".as_ref())), NetworkSystem::Netplan),
        (root.path("/run/systemd/netif/state").is_file(), NetworkSystem::Networkd),
        (root.path("/run/NetworkManager").is_dir(), NetworkSystem::NetworkManager),
        (root.path("/etc/network/interfaces").is_file(), NetworkSystem::Ifupdown),
        (has("/etc/sysconfig/network-scripts", is_ifcfg), NetworkSystem::Ifcfg),
    ]
    .into_iter()
    .filter_map(|(is_there, system)| is_there.then_some(system))
    .collect()
}

/// The package manager. dnf stands before yum, which is a link to it on newer systems.
pub(crate) fn package_manager(root: &Root) -> Option<PackageManager> {
    [
        ("apt-get", PackageManager::Apt),
        ("dnf", PackageManager::Dnf),
        ("yum", PackageManager::Yum),
        ("zypper", PackageManager::Zypper),
        ("apk", PackageManager::Apk),
        ("pacman", PackageManager::Pacman),
    ]
    .into_iter()
    .find_map(|(name, manager)| root.program(name).map(|_| manager))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{node::fake::FakeNode, wire::Family};

    #[test]
    fn a_debian_node_is_known_from_its_files() {
        let fake = FakeNode::new();
        fake.write("/etc/os-release", "PRETTY_NAME=\"Debian 12\"\nID=debian\nVERSION_ID=\"12\"\n");
        fake.write("/proc/sys/kernel/hostname", "web1\n");
        fake.write("/proc/sys/kernel/osrelease", "6.1.0-um4\n");
        fake.write("/etc/network/interfaces", "auto lo\n");
        fake.write("/usr/bin/apt-get", "");
        let facts = of(&fake.node.root);
        assert_eq!((facts.hostname.as_str(), facts.kernel.as_str()), ("web1", "6.1.0-um4"));
        assert_eq!((facts.distribution.as_str(), facts.distribution_version.as_str()), ("debian", "12"));
        assert_eq!(facts.family, Family::Debian);
        assert_eq!((facts.init, facts.package_manager), (InitSystem::Sysv, Some(PackageManager::Apt)));
        assert_eq!(facts.network_systems, [NetworkSystem::Ifupdown]);
    }

    #[test]
    fn the_systems_that_configure_the_network_are_known_from_their_files() {
        let fake = FakeNode::new();
        fake.write("/etc/sysconfig/network-scripts/ifcfg-lo", "");
        fake.write("/etc/netplan/README", "");
        assert_eq!(of(&fake.node.root).network_systems, []);
        fake.write("/etc/sysconfig/network-scripts/ifcfg-eth0", "");
        fake.write("/etc/netplan/01-netcfg.yaml", "");
        fake.write("/run/systemd/netif/state", "");
        fake.write("/run/NetworkManager/no-stub-resolv.conf", "");
        let systems = of(&fake.node.root).network_systems;
        let expected =
            [NetworkSystem::Netplan, NetworkSystem::Networkd, NetworkSystem::NetworkManager, NetworkSystem::Ifcfg];
        assert_eq!(systems, expected);
    }

    #[test]
    fn an_empty_node_is_no_error() {
        let fake = FakeNode::new();
        assert_eq!(of(&fake.node.root), Facts::default());
    }
}
