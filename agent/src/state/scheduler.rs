//! The schedulers of IPVS.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! schedulers {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// A scheduler: how a director picks the real server of a new connection (ipvsadm(8), `-s`).
        ///
        /// Each is a kernel module `ip_vs_NAME`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scheduler {
            $(#[doc = $doc] $variant,)*
            /// One that this version does not know, by its kernel's name; see [`Scheduler::named`].
            Other(SchedulerName),
        }

        impl Scheduler {
            /// Those that are known: the textbook's eight first, then the six newer ones.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The kernel's name.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name.as_str(),
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

    /// The scheduler of this name, also one that this version does not know. Whether the node's kernel has it shows
    /// there.
    pub fn named(name: &str) -> Result<Self, BadSchedulerName> {
        name.parse().or_else(|_| SchedulerName::new(name).map(Self::Other))
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

/// Name of a scheduler that this version does not know: 1 to 15 of `a-z`, `0-9` and `_` (`IP_VS_SCHEDNAME_MAXLEN` is 16
/// with the NUL).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchedulerName {
    /// NUL-padded.
    bytes: [u8; Self::MAX],
}

/// A text that cannot name a scheduler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a scheduler: 1 to 15 of a-z, 0-9 and _ can")]
pub struct BadSchedulerName(pub String);

impl SchedulerName {
    const MAX: usize = 15;

    fn new(name: &str) -> Result<Self, BadSchedulerName> {
        let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let mut bytes = [0; Self::MAX];
        match bytes.get_mut(..name.len()) {
            Some(start) if is_name => start.copy_from_slice(name.as_bytes()),
            _ => return Err(BadSchedulerName(name.to_owned())),
        }
        Ok(Self { bytes })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let end = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(Self::MAX);
        // Only ASCII gets in, so that there is always text.
        self.bytes.get(..end).and_then(|name| str::from_utf8(name).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for SchedulerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Serialize for Scheduler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Scheduler {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A name that is no known scheduler's.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheduler_goes_by_its_kernels_name_known_or_not() {
        for (name, known) in [("wrr", true), ("none", false), ("a_new_scheduler", false)] {
            let json = format!("\"{name}\"");
            let scheduler: Scheduler = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&scheduler).unwrap(), json);
            assert_eq!(scheduler.module(), format!("ip_vs_{name}"));
            assert_eq!(name.parse() == Ok(scheduler), known, "only what is known is taken without asking");
        }
    }

    #[test]
    fn what_the_kernel_could_not_hold_or_a_shell_would_trip_over_names_no_scheduler() {
        for name in ["", "sixteen_letters_", "WRR", "a b", "ü", "../x"] {
            assert_eq!(Scheduler::named(name), Err(BadSchedulerName(name.to_owned())));
        }
    }
}
