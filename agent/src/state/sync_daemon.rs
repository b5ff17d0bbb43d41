//! The daemon that tells another director of connections.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use serde::{Deserialize, Serialize};

/// A sync daemon: a master multicasts the connections of its director, a backup takes them in (`ipvsadm
/// --start-daemon`). A director runs at most one of each role, and both at a time if need be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncDaemon {
    /// Which end it is.
    pub role: SyncRole,
    /// Device of the multicasts (`--mcast-interface`); it must exist and should have an address.
    pub interface: String,
    /// A backup hears only masters of the same number (`--syncid`); a backup of 0 hears all.
    #[serde(default)]
    pub sync_id: u8,
    /// Most bytes of a message (`--sync-maxlen`); `None` leaves it to the kernel, which takes them from the MTU.
    /// A backup has at least [`SyncDaemon::LEAST_OF_BACKUP`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_len: Option<u16>,
    /// Multicast group (`--mcast-group`).
    #[serde(default = "SyncDaemon::default_group")]
    pub group: IpAddr,
    /// UDP port (`--mcast-port`).
    #[serde(default = "SyncDaemon::default_port")]
    pub port: u16,
    /// Time to live of the multicasts (`--mcast-ttl`).
    #[serde(default = "SyncDaemon::default_ttl")]
    pub ttl: u8,
}

/// Which end of the synchronisation a daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncRole {
    /// Tells.
    Master,
    /// Hears.
    Backup,
}

impl SyncDaemon {
    /// The kernel does not let a backup take fewer bytes than this.
    pub const LEAST_OF_BACKUP: u16 = 1024;

    /// A daemon with the kernel's own group, port and so on.
    pub fn new(role: SyncRole, interface: impl Into<String>) -> Self {
        Self {
            role,
            interface: interface.into(),
            sync_id: 0,
            max_len: None,
            group: Self::default_group(),
            port: Self::default_port(),
            ttl: Self::default_ttl(),
        }
    }

    /// 224.0.0.81
    pub const fn default_group() -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(224, 0, 0, 81))
    }

    /// 8848
    pub const fn default_port() -> u16 {
        8848
    }

    /// 1: the link and no further.
    pub const fn default_ttl() -> u8 {
        1
    }

    /// Whether `live`, as the kernel tells it, is what is wanted here.
    pub fn is_met_by(&self, live: &Self) -> bool {
        let max_len = match self.max_len.filter(|length| *length != 0) {
            None => live.max_len,
            Some(length) if self.role == SyncRole::Backup => Some(length.max(Self::LEAST_OF_BACKUP)),
            wanted => wanted,
        };
        Self { max_len, ..self.clone() } == *live
    }
}

impl fmt::Display for SyncRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Master => "master",
            Self::Backup => "backup",
        })
    }
}

impl fmt::Display for SyncDaemon {
    /// What it is, without its role: `eth0 id 1 group 224.0.0.81:8848 ttl 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = SocketAddr::new(self.group, self.port);
        write!(f, "{} id {} group {group} ttl {}", self.interface, self.sync_id, self.ttl)?;
        match self.max_len {
            Some(length) => write!(f, " max {length} bytes"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_the_kernels_own() {
        let json = r#"{"role":"master","interface":"eth0"}"#;
        let daemon: SyncDaemon = serde_json::from_str(json).unwrap();
        assert_eq!(daemon, SyncDaemon::new(SyncRole::Master, "eth0"));
        assert_eq!(daemon.to_string(), "eth0 id 0 group 224.0.0.81:8848 ttl 1");
    }

    #[test]
    fn a_length_that_is_not_named_or_too_small_for_a_backup_is_no_difference() {
        let mut wanted = SyncDaemon::new(SyncRole::Backup, "eth0");
        let live = SyncDaemon { max_len: Some(1472), ..wanted.clone() };
        assert!(wanted.is_met_by(&live));
        wanted.max_len = Some(500);
        assert!(!wanted.is_met_by(&live));
        assert!(wanted.is_met_by(&SyncDaemon { max_len: Some(1024), ..live.clone() }));
        assert!(!SyncDaemon { sync_id: 9, ..live.clone() }.is_met_by(&live));
    }
}
