//! What a node is, found out once at the start of a session.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::MachineFacts;

/// What a node is. Read from files and netlink, without running a program, so that it costs a session next to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// `/proc/sys/kernel/hostname`.
    pub hostname: String,
    /// `ID` of os-release(5), such as `debian`.
    pub distribution: String,
    /// `VERSION_ID` of os-release(5).
    pub distribution_version: String,
    /// The family the distribution belongs to.
    pub family: Family,
    /// Release of the running kernel.
    pub kernel: String,
    /// The machine's architecture, as `uname -m` prints it.
    #[serde(default)]
    pub architecture: String,
    /// Changes with each boot (`/proc/sys/kernel/random/boot_id`).
    pub boot_id: String,
    /// The init system.
    pub init: InitSystem,
    /// The package manager, where one is known.
    pub package_manager: Option<PackageManager>,
    /// The systems that may configure its network, all that are found.
    #[serde(default)]
    pub network_systems: Vec<NetworkSystem>,
    /// Where the agent's own program lies.
    #[serde(default)]
    pub agent: String,
    /// Network devices, by index.
    pub interfaces: Vec<InterfaceFacts>,
    /// What it has to work with.
    #[serde(default)]
    pub machine: MachineFacts,
}

/// A network device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceFacts {
    /// Name.
    pub name: String,
    /// MAC address as `02:00:5e:00:53:01`, where it has one.
    pub mac: Option<String>,
    /// Administratively up.
    pub up: bool,
    /// Maximum transmission unit in bytes.
    pub mtu: u32,
    /// Addresses with their prefix length.
    pub addresses: Vec<IpNet>,
}

/// Distributions that are configured alike (Ansible's `ansible_os_family`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// Debian, Ubuntu and what is made from them.
    Debian,
    /// RHEL, `CentOS`, Rocky, Alma, Fedora.
    RedHat,
    /// SUSE.
    Suse,
    /// Alpine.
    Alpine,
    /// Arch.
    Archlinux,
    /// None of these.
    #[default]
    Other,
}

/// The init system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitSystem {
    /// systemd is PID 1 (`/run/systemd/system` is there).
    Systemd,
    /// Scripts in `/etc/init.d`.
    #[default]
    Sysv,
    /// `OpenRC`.
    Openrc,
}

/// What configures the network at a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkSystem {
    /// There are YAML files in `/etc/netplan`.
    Netplan,
    /// `systemd-networkd` runs.
    Networkd,
    /// `NetworkManager` runs.
    NetworkManager,
    /// There is `/etc/network/interfaces`.
    Ifupdown,
    /// There are files `ifcfg-*` in `/etc/sysconfig/network-scripts`, besides that of `lo`.
    Ifcfg,
}

/// The package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageManager {
    /// apt-get and dpkg.
    Apt,
    /// dnf.
    Dnf,
    /// yum.
    Yum,
    /// zypper.
    Zypper,
    /// apk.
    Apk,
    /// pacman.
    Pacman,
}
