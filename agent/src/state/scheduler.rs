//! The schedulers of IPVS.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! schedulers {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// A scheduler: how a director picks the real server of a new connection (ipvsadm(8), `-s`).
        ///
        /// Each is a kernel module `ip_vs_NAME`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Scheduler {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl Scheduler {
            /// All of them: the textbook's eight first, then the six newer ones.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The kernel's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

schedulers! {
    RoundRobin "rr" "Round robin.",
    WeightedRoundRobin "wrr" "Weighted round robin.",
    LeastConnection "lc" "Least connections.",
    WeightedLeastConnection "wlc" "Weighted least connections; ipvsadm's default.",
    LocalityLeastConnection "lblc" "Locality-based least connections.",
    LocalityLeastConnectionReplicated "lblcr" "Locality-based least connections with replication.",
    DestinationHashing "dh" "Destination hashing.",
    SourceHashing "sh" "Source hashing.",
    MaglevHashing "mh" "Maglev hashing (Linux 4.18).",
    ShortestExpectedDelay "sed" "Shortest expected delay.",
    NeverQueue "nq" "Never queue.",
    WeightedFailover "fo" "Weighted failover (Linux 3.18).",
    WeightedOverflow "ovf" "Weighted overflow (Linux 4.3).",
    TwoRandomChoices "twos" "Power of two random choices (Linux 5.11).",
}

impl Scheduler {
    /// The kernel module that has it.
    pub fn module(self) -> String {
        format!("ip_vs_{}", self.name())
    }

    /// Whether it looks at weights other than 0.
    pub const fn is_weighted(self) -> bool {
        !matches!(self, Self::RoundRobin | Self::LeastConnection | Self::DestinationHashing)
    }

    /// Whether many connections from one client are spread as the weights say (rr: equally), so that shares can be
    /// checked against weights.
    pub const fn shares_by_weight(self) -> bool {
        matches!(self, Self::RoundRobin | Self::WeightedRoundRobin)
    }
}

/// A name that is no scheduler's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scheduler `{0}`")]
pub struct UnknownScheduler(pub String);

impl FromStr for Scheduler {
    type Err = UnknownScheduler;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|scheduler| scheduler.name() == name)
            .ok_or_else(|| UnknownScheduler(name.to_owned()))
    }
}

impl fmt::Display for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
