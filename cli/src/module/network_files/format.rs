//! The formats of network files, and which of them a node has.

use lvs_agent::wire::{Facts, Family, NetworkSystem};

/// Who configures a node's network, and so in which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `network-scripts` of the Red Hat family, or `NetworkManager` that reads the same files.
    Ifcfg,
    /// netplan(5), which writes the files of another system at each boot.
    Netplan,
    /// systemd.network(5).
    Networkd,
    /// interfaces(5).
    Ifupdown,
    /// Keyfiles of `NetworkManager`, nm-settings-keyfile(5).
    Keyfile,
}

/// Where a file goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// A folder that may have to be made.
    pub(super) folder: Option<String>,
    /// The file.
    pub(super) path: String,
    /// netplan and `NetworkManager` refuse, or complain of, files that others may read.
    pub(super) mode: u32,
}

impl Format {
    /// netplan is above the systems that it writes for. `ifcfg` files are what a machine of the Red Hat family had for
    /// long; newer ones have none, and keyfiles. A networkd that runs was asked to; ifupdown's file is also on machines
    /// that do not use it, and `NetworkManager` leaves the devices in it alone.
    pub(super) fn of(facts: &Facts) -> Option<Self> {
        let has = |system| facts.network_systems.contains(&system);
        let format = match facts.family {
            _ if has(NetworkSystem::Netplan) => Self::Netplan,
            Family::RedHat if has(NetworkSystem::Ifcfg) || facts.network_systems.is_empty() => Self::Ifcfg,
            _ if has(NetworkSystem::Networkd) => Self::Networkd,
            _ if has(NetworkSystem::Ifupdown) => Self::Ifupdown,
            _ if has(NetworkSystem::NetworkManager) => Self::Keyfile,
            Family::RedHat => Self::Ifcfg,
            _ => return None,
        };
        Some(format)
    }

    pub(super) const fn template(self) -> &'static str {
        match self {
            Self::Ifcfg => "ifcfg.j2",
            Self::Netplan => "netplan.j2",
            Self::Networkd => "networkd.j2",
            Self::Ifupdown => "interfaces.j2",
            Self::Keyfile => "keyfile.j2",
        }
    }

    /// Where else a device may be configured.
    pub(super) fn places(self) -> Vec<String> {
        let places: &[&str] = match self {
            Self::Ifcfg => &["/etc/sysconfig/network-scripts/*"],
            Self::Netplan => &["/etc/netplan/*.yaml"],
            Self::Networkd => &["/etc/systemd/network/*.network"],
            Self::Ifupdown => &["/etc/network/interfaces", "/etc/network/interfaces.d/*"],
            Self::Keyfile => &["/etc/NetworkManager/system-connections/*"],
        };
        places.iter().map(|&place| place.to_owned()).collect()
    }

    /// The lines that do it.
    pub(super) fn claims(self, device: &str) -> Vec<String> {
        match self {
            Self::Ifcfg => vec![format!("DEVICE={device}")],
            Self::Netplan => vec![format!("{device}:")],
            Self::Networkd => vec![format!("Name={device}")],
            Self::Ifupdown => vec![format!("iface {device}")],
            Self::Keyfile => vec![format!("interface-name={device}")],
        }
    }
}

impl Place {
    /// For a device's own addresses.
    pub(super) fn of_device(format: Format, device: &str) -> Self {
        match format {
            Format::Ifcfg => Self::at(format!("/etc/sysconfig/network-scripts/ifcfg-{device}")),
            Format::Netplan => Self::private(format!("/etc/netplan/90-lvsctl-{}.yaml", plain(device))),
            Format::Networkd => Self::at(network(device)),
            Format::Ifupdown => Self::at(format!("/etc/network/interfaces.d/lvsctl-{}", plain(device))),
            Format::Keyfile => {
                Self::private(format!("/etc/NetworkManager/system-connections/lvsctl-{}.nmconnection", plain(device)))
            }
        }
    }

    /// For the routes of a device, where they have a file of their own.
    pub(super) fn of_routes(device: &str) -> Self {
        Self::at(format!("/etc/sysconfig/network-scripts/route-{device}"))
    }

    /// For a VIP; `None` leaves it to the agent, which gives all VIPs at a boot. In the newer formats a device has one
    /// entry, to which others can add: so a VIP that stands beside a device's own addresses is added there, or it would
    /// be taken away when they are configured. `lo` and tunnels have no entry, and are nobody's business. To a
    /// connection of `NetworkManager`'s nobody can add; it tells the agent when it has brought a device up.
    pub(super) fn of_vip(format: Format, device: &str, name: &str, has_own: bool) -> Option<Self> {
        let plain_name = plain(name);
        Some(match format {
            Format::Ifcfg => Self::at(format!("/etc/sysconfig/network-scripts/ifcfg-{name}")),
            Format::Ifupdown => Self::at(format!("/etc/network/interfaces.d/lvsctl-{plain_name}")),
            Format::Netplan if has_own => Self::private(format!("/etc/netplan/91-lvsctl-{plain_name}.yaml")),
            Format::Networkd if has_own => {
                let folder = format!("{}.d", network(device));
                let path = format!("{folder}/vip-{plain_name}.conf");
                Self { folder: Some(folder), ..Self::at(path) }
            }
            Format::Netplan | Format::Networkd | Format::Keyfile => return None,
        })
    }

    fn at(path: String) -> Self {
        Self { folder: None, path, mode: 0o644 }
    }

    fn private(path: String) -> Self {
        Self { mode: 0o600, ..Self::at(path) }
    }
}

fn network(device: &str) -> String {
    format!("/etc/systemd/network/10-lvsctl-{device}.network")
}

/// run-parts(8) and ifupdown take letters, digits, `_` and `-` only.
fn plain(name: &str) -> String {
    name.replace([':', '.'], "-")
}
