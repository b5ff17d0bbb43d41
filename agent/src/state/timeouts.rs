//! How long a director keeps connections that are idle.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How long a director keeps connections that are idle, in seconds (`ipvsadm --set`). What is `None`, or 0, is left
/// alone, as the kernel does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// An established TCP connection; the kernel begins with 900.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<u32>,
    /// A TCP connection after a FIN; the kernel begins with 120.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_fin: Option<u32>,
    /// UDP; the kernel begins with 300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp: Option<u32>,
}

impl Timeouts {
    /// Those of `wanted` that differ from what is here.
    #[must_use]
    pub fn missing(&self, wanted: &Self) -> Self {
        let missing = |live: Option<u32>, wanted: Option<u32>| wanted.filter(|w| *w != 0 && live != Some(*w));
        Self {
            tcp: missing(self.tcp, wanted.tcp),
            tcp_fin: missing(self.tcp_fin, wanted.tcp_fin),
            udp: missing(self.udp, wanted.udp),
        }
    }

    /// Those that `named` names, as they are here.
    #[must_use]
    pub fn of(&self, named: &Self) -> Self {
        Self { tcp: named.tcp.and(self.tcp), tcp_fin: named.tcp_fin.and(self.tcp_fin), udp: named.udp.and(self.udp) }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Timeouts {
    /// `tcp 900 s, tcpfin 120 s, udp 300 s`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, seconds) in [("tcp", self.tcp), ("tcpfin", self.tcp_fin), ("udp", self.udp)] {
            if let Some(seconds) = seconds {
                write!(f, "{separator}{name} {seconds} s")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
