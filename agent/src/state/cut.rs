//! Which changes may cut the connection.
//!
//! What is listed here costs a fresh connection when it changes; what is missing may lock somebody out. So a service or a
//! command that could be harmless counts, unless its words say that it has nothing to do with the network.

use super::{Command, Resource};

/// Programs that change how a node is reached, wherever they stand in a command.
const PROGRAMS: &[&str] = &[
    "arptables",
    "brctl",
    "bridge",
    "conntrack",
    "dhclient",
    "dhcpcd",
    "ebtables",
    "ethtool",
    "firewall-cmd",
    "halt",
    "ifconfig",
    "ifdown",
    "ifenslave",
    "ifreload",
    "ifup",
    "init",
    "invoke-rc.d",
    "ip",
    "ip6tables",
    "iptables",
    "iw",
    "kill",
    "killall",
    "netplan",
    "networkctl",
    "nft",
    "nmcli",
    "openvpn",
    "ovs-vsctl",
    "passwd",
    "pkill",
    "poweroff",
    "rc-service",
    "reboot",
    "resolvconf",
    "rmmod",
    "route",
    "service",
    "shutdown",
    "sshd",
    "sysctl",
    "systemctl",
    "tc",
    "telinit",
    "ufw",
    "umount",
    "usermod",
    "userdel",
    "vconfig",
    "wg",
    "wg-quick",
    "wpa_cli",
];

impl Resource {
    /// Whether a change of it may cut the connection to its node.
    pub fn may_cut_off(&self) -> bool {
        match self {
            Self::Address(_) | Self::Route(_) | Self::Link(_) | Self::SystemService(_) => true,
            Self::Sysctl(sysctl) => sysctl.key.starts_with("net.") && !sysctl.key.starts_with("net.ipv4.vs."),
            Self::Command(command) => !command.reboots && runs_network_program(command),
            _ => false,
        }
    }

    /// Whether it is over at once, so that what came before it can be confirmed together with it.
    pub fn is_quick(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Route(_) | Self::Link(_) | Self::Sysctl(_) | Self::File(_))
    }
}

/// Whether one of the words of a command, or of a script in it, is a program that changes how the node is reached.
fn runs_network_program(command: &Command) -> bool {
    let texts = command.argv.iter().chain(&command.stdin);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    texts
        .flat_map(|text| text.split(|c| !is_part(c)))
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        // iptables-legacy, iptables-restore, iptables-nft-restore and so on.
        .any(|word| PROGRAMS.contains(&word) || word.starts_with("iptables-") || word.starts_with("ip6tables-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(argv: &[&str]) -> Resource {
        Resource::Command(serde_json::from_value(serde_json::json!({ "argv": argv })).unwrap())
    }

    #[test]
    fn a_command_counts_by_the_programs_in_it() {
        for argv in [
            &["ip", "link", "set", "eth0", "down"][..],
            &["/usr/sbin/iptables", "-P", "INPUT", "DROP"],
            &["iptables-legacy-restore", "/etc/rules"],
            &["sh", "-c", "true && nft -f /etc/nftables.conf;"],
            &["bash", "-c", "(systemctl stop ssh)"],
        ] {
            assert!(command(argv).may_cut_off(), "{argv:?}");
        }
        for argv in [&["touch", "/tmp/ip.txt"][..], &["echo", "shipping"], &["/usr/bin/make", "install"]] {
            assert!(!command(argv).may_cut_off(), "{argv:?}");
        }
    }
}
