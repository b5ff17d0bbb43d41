//! The share of each real server, seen and asked for.

use lvs_agent::state::{Scheduler, Weight};

/// The share of a real server.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Share {
    /// The real server.
    pub host: String,
    /// Its weight.
    pub weight: Weight,
    /// Connections it got.
    pub seen: u32,
    /// Connections its weight asks for; `None` where the scheduler does not share by weight alone.
    pub asked: Option<f64>,
    /// How far `seen` may be from `asked`.
    pub allowance: f64,
}

impl Share {
    /// Whether what was seen is what was asked for.
    pub fn is_right(&self) -> bool {
        self.asked.is_none_or(|asked| (f64::from(self.seen) - asked).abs() <= self.allowance)
    }
}

/// Who else connects to a service while it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Hardly anybody: two in a hundred.
    Few,
    /// Nobody knows: the service may be in use.
    Unknown,
}

/// Compares what each real server got with what its weight asks for.
///
/// Round robin deals strictly in turns, so a server can be off by no more than its turns in one cycle. Where others take
/// turns in between, which of them are ours is chance: then three standard deviations of a binomial distribution are
/// allowed, which one service in some hundreds exceeds.
pub fn shares(scheduler: Scheduler, others: Others, servers: &[(String, Weight, u32)]) -> Vec<Share> {
    let total: u32 = servers.iter().map(|(_, _, seen)| seen).sum();
    let effective = |weight: Weight| match scheduler {
        Scheduler::RoundRobin => u32::from(weight != Weight::QUIESCED),
        _ => u32::from(weight.0),
    };
    let weights: u32 = servers.iter().map(|&(_, weight, _)| effective(weight)).sum();
    let divisor = servers.iter().map(|&(_, weight, _)| effective(weight)).fold(0, gcd).max(1);
    servers
        .iter()
        .map(|(host, weight, seen)| {
            let asked = (scheduler.shares_by_weight() && weights > 0)
                .then(|| f64::from(total) * f64::from(effective(*weight)) / f64::from(weights));
            let turns = f64::from(effective(*weight) / divisor);
            let chance = match (others, asked) {
                _ if *weight == Weight::QUIESCED => 0.0,
                (Others::Unknown, Some(asked)) => 3.0 * (asked * (1.0 - asked / f64::from(total.max(1)))).sqrt(),
                (Others::Few, _) | (Others::Unknown, None) => turns + f64::from(total) * 0.02,
            };
            Share { host: host.clone(), weight: *weight, seen: *seen, asked, allowance: chance.max(turns) }
        })
        .collect()
}

fn gcd(left: u32, right: u32) -> u32 {
    if right == 0 { left } else { gcd(right, left % right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(scheduler: Scheduler, servers: &[(u16, u32)]) -> Vec<bool> {
        let servers: Vec<_> = servers.iter().map(|&(weight, seen)| ("web".to_owned(), Weight(weight), seen)).collect();
        shares(scheduler, Others::Few, &servers).iter().map(Share::is_right).collect()
    }

    #[test]
    fn a_service_in_use_has_its_share_by_chance_but_a_dead_server_is_seen() {
        let servers = |seen: [u32; 3]| {
            let weights = [2, 3, 2].map(Weight);
            weights.into_iter().zip(seen).map(|(weight, seen)| ("web".to_owned(), weight, seen)).collect::<Vec<_>>()
        };
        let judge = |seen| {
            let shares = shares(Scheduler::WeightedRoundRobin, Others::Unknown, &servers(seen));
            shares.iter().map(Share::is_right).collect::<Vec<_>>()
        };
        assert_eq!(judge([6, 8, 10]), [true, true, true]);
        assert_eq!(judge([10, 14, 0]), [true, true, false]);
        assert_eq!(judge([1, 3, 20]), [true, false, false]);
    }

    #[test]
    fn round_robin_ignores_weights() {
        assert_eq!(judge(Scheduler::RoundRobin, &[(1, 100), (3, 100), (1, 100)]), [true, true, true]);
    }

    #[test]
    fn weighted_round_robin_shares_by_weight() {
        assert_eq!(judge(Scheduler::WeightedRoundRobin, &[(1, 75), (2, 150), (1, 75)]), [true, true, true]);
        assert_eq!(judge(Scheduler::WeightedRoundRobin, &[(1, 100), (2, 100), (1, 100)]), [false, false, false]);
    }

    #[test]
    fn a_quiesced_server_may_get_nothing_at_all() {
        assert_eq!(judge(Scheduler::WeightedRoundRobin, &[(0, 1), (1, 299)]), [false, true]);
    }

    #[test]
    fn other_schedulers_are_shown_but_not_judged() {
        assert_eq!(judge(Scheduler::SourceHashing, &[(1, 300), (1, 0)]), [true, true]);
    }
}
