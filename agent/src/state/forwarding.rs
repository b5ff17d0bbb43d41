//! Forwarding methods.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a director hands a packet to a real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarding {
    /// Network address translation (ipvsadm `-m`, masquerading).
    Nat,
    /// Direct routing: only the MAC address is rewritten (ipvsadm `-g`, gatewaying).
    #[serde(rename = "dr")]
    DirectRouting,
    /// Tunnelling (ipvsadm `-i`).
    #[serde(rename = "tun")]
    Tunnel(TunnelKind),
}

/// The encapsulation of [`Forwarding::Tunnel`] (ipvsadm `--tun-type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TunnelKind {
    /// IP in IP.
    #[default]
    Ipip,
    /// Generic UDP encapsulation (Linux 5.2, checksums 5.3).
    Gue {
        /// UDP port that the real server decapsulates on (ipvsadm `--tun-port`); not 0.
        port: u16,
        /// Checksum of the encapsulation.
        #[serde(default, skip_serializing_if = "TunnelChecksum::is_none")]
        checksum: TunnelChecksum,
    },
    /// Generic routing encapsulation (Linux 5.3).
    Gre {
        /// Checksum of the encapsulation; never [`TunnelChecksum::Remote`].
        #[serde(default, skip_serializing_if = "TunnelChecksum::is_none")]
        checksum: TunnelChecksum,
    },
}

/// The checksum of an encapsulation (`IP_VS_TUNNEL_ENCAP_FLAG_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TunnelChecksum {
    /// None (ipvsadm `--tun-nocsum`).
    #[default]
    None,
    /// In the header of the encapsulation (ipvsadm `--tun-csum`).
    Checksum,
    /// Remote checksum offload (ipvsadm `--tun-remcsum`), GUE only.
    Remote,
}

impl TunnelChecksum {
    /// Whether there is none.
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl fmt::Display for Forwarding {
    /// The method alone: `nat`, `dr`, `tun`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nat => "nat",
            Self::DirectRouting => "dr",
            Self::Tunnel(_) => "tun",
        })
    }
}

impl fmt::Display for TunnelKind {
    /// `ipip`, `gue port 6080 csum`, `gre`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checksum = match self {
            Self::Ipip => return f.write_str("ipip"),
            Self::Gue { port, checksum } => {
                write!(f, "gue port {port}")?;
                checksum
            }
            Self::Gre { checksum } => {
                f.write_str("gre")?;
                checksum
            }
        };
        f.write_str(match checksum {
            TunnelChecksum::None => "",
            TunnelChecksum::Checksum => " csum",
            TunnelChecksum::Remote => " remcsum",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_one_text_that_reads_back() {
        let gue = |checksum| Forwarding::Tunnel(TunnelKind::Gue { port: 6080, checksum });
        for (forwarding, json) in [
            (Forwarding::DirectRouting, r#""dr""#),
            (Forwarding::Tunnel(TunnelKind::Ipip), r#"{"tun":"ipip"}"#),
            (gue(TunnelChecksum::None), r#"{"tun":{"gue":{"port":6080}}}"#),
            (gue(TunnelChecksum::Remote), r#"{"tun":{"gue":{"port":6080,"checksum":"remote"}}}"#),
            (
                Forwarding::Tunnel(TunnelKind::Gre { checksum: TunnelChecksum::Checksum }),
                r#"{"tun":{"gre":{"checksum":"checksum"}}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&forwarding).unwrap(), json);
            assert_eq!(serde_json::from_str::<Forwarding>(json).unwrap(), forwarding);
        }
    }
}
