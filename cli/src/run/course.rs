//! Who goes on after which failure: Ansible's rules, as a pure state machine. `docs/playbooks.md` has them as a table.
//!
//! A *round* is one task on the hosts that are at it. Hosts are numbers here: their places in the batch.

use std::collections::BTreeSet;

/// How a task ended on a host, as far as other hosts are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fate {
    /// It failed, and the failure was not ignored. It may still be rescued.
    pub(super) failed: bool,
    /// The host could not be reached.
    pub(super) unreachable: bool,
    /// Such a failure is everybody's: `any_errors_fatal`, or `run_once`, without `ignore_errors`.
    pub(super) is_everybodys: bool,
}

/// What a round means for the hosts that did not fail in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They go on.
    GoOn,
    /// They fail, too: each goes on with the `rescue` and `always` around it, and then ends.
    FailToo,
}

/// Who goes on in one batch of hosts of a play.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// How many hosts the batch has, those that had failed before included.
    batch: usize,
    /// `max_fail_percentage`.
    most: Option<f64>,
    /// Hosts that ended the play by a failure of theirs, or were told to fail, too.
    failed: BTreeSet<usize>,
    unreachable: BTreeSet<usize>,
    /// Those among the failed that were told to fail, too.
    told: BTreeSet<usize>,
    round: Vec<(usize, Fate)>,
    breaks: bool,
}

impl Course {
    pub(super) fn new(batch: usize, most: Option<f64>) -> Self {
        Self { batch, most, ..Self::default() }
    }

    /// A task ended on a host.
    pub(super) fn ended(&mut self, host: usize, fate: Fate) {
        self.round.push((host, fate));
    }

    /// A host takes part no more, because of a failure that nothing rescued.
    pub(super) fn failed(&mut self, host: usize) {
        self.failed.insert(host);
    }

    /// A host cannot be reached any more.
    pub(super) fn lost(&mut self, host: usize) {
        self.unreachable.insert(host);
    }

    /// The round is over, and `left` are the hosts that go on: what about them?
    pub(super) fn round_over(&mut self, left: &BTreeSet<usize>) -> (Verdict, BTreeSet<usize>) {
        let round = std::mem::take(&mut self.round);
        let failed_now: BTreeSet<usize> = round.iter().filter(|(_, fate)| fate.failed).map(|(host, _)| *host).collect();
        let others: BTreeSet<usize> = left.difference(&failed_now).copied().collect();
        let is_everybodys = round.iter().any(|(_, fate)| fate.is_everybodys && (fate.failed || fate.unreachable));
        let too_many = !round.is_empty() && self.too_many_failed();
        if too_many {
            self.breaks = true;
        }
        if !is_everybodys && !too_many {
            return (Verdict::GoOn, BTreeSet::new());
        }
        self.failed.extend(&others);
        self.told.extend(&others);
        (Verdict::FailToo, others)
    }

    /// Hosts that were told to fail since others did: they take no part in later plays, even if they were rescued.
    pub(super) fn told_to_fail(&self) -> impl Iterator<Item = usize> {
        self.told.iter().copied()
    }

    /// The percentage must be exceeded, and hosts that cannot be reached do not count.
    #[expect(clippy::cast_precision_loss, reason = "there are not so many hosts")]
    fn too_many_failed(&self) -> bool {
        let share = self.failed.len() as f64 / self.batch.max(1) as f64;
        self.most.is_some_and(|most| share > most / 100.0)
    }

    /// Whether the run ends with this batch: too many failed, or none is left.
    pub(super) fn ends_the_run(&self) -> bool {
        let gone = self.failed.union(&self.unreachable).count();
        self.breaks || (gone > 0 && gone == self.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: Fate = Fate { failed: false, unreachable: false, is_everybodys: false };
    const FAILED: Fate = Fate { failed: true, ..OK };
    const LOST: Fate = Fate { unreachable: true, ..OK };
    const FATAL: Fate = Fate { failed: true, is_everybodys: true, ..OK };
    const FATAL_LOST: Fate = Fate { unreachable: true, is_everybodys: true, ..OK };

    /// One round: the hosts' fates, which of them are rescued, and `max_fail_percentage`. What comes of it: the hosts that
    /// go on with their tasks, those that fail, too, and whether the run ends.
    fn round(fates: &[Fate], rescued: &[usize], most: Option<f64>) -> (Vec<usize>, Vec<usize>, bool) {
        let mut course = Course::new(fates.len(), most);
        let mut left = BTreeSet::new();
        for (host, fate) in fates.iter().enumerate() {
            course.ended(host, *fate);
            match fate {
                Fate { unreachable: true, .. } => course.lost(host),
                Fate { failed: true, .. } if !rescued.contains(&host) => course.failed(host),
                _ => {
                    left.insert(host);
                }
            }
        }
        let (_, fail_too) = course.round_over(&left);
        let go_on = left.difference(&fail_too).copied().collect();
        (go_on, fail_too.into_iter().collect(), course.ends_the_run())
    }

    #[test]
    fn who_goes_on_after_which_failure() {
        type Row<'a> = (&'a [Fate], &'a [usize], Option<f64>, &'a [usize], &'a [usize], bool);
        // (fates of hosts 0, 1, 2, …; rescued; max_fail_percentage) => (go on; fail too; the run ends)
        let table: &[Row<'_>] = &[
            // Nothing failed.
            (&[OK, OK, OK], &[], None, &[0, 1, 2], &[], false),
            // A failure is the host's own.
            (&[OK, FAILED, OK], &[], None, &[0, 2], &[], false),
            (&[OK, LOST, OK], &[], None, &[0, 2], &[], false),
            // A rescued host goes on.
            (&[OK, FAILED, OK], &[1], None, &[0, 1, 2], &[], false),
            // Nobody is left: the run ends, whatever plays are still to come.
            (&[FAILED, FAILED], &[], None, &[], &[], true),
            (&[FAILED, LOST], &[], None, &[], &[], true),
            (&[LOST, LOST], &[], None, &[], &[], true),
            (&[FAILED, FAILED], &[0], None, &[0], &[], false),
            // any_errors_fatal: the others fail, too, also where the failure itself is rescued.
            (&[OK, FATAL, OK], &[], None, &[], &[0, 2], true),
            (&[OK, FATAL_LOST, OK], &[], None, &[], &[0, 2], true),
            (&[OK, FATAL, OK], &[1], None, &[1], &[0, 2], false),
            // max_fail_percentage must be exceeded, and not only reached.
            (&[OK, FAILED, OK, OK], &[], Some(25.0), &[0, 2, 3], &[], false),
            (&[OK, FAILED, FAILED, OK], &[], Some(25.0), &[], &[0, 3], true),
            (&[OK, FAILED, OK, OK], &[], Some(0.0), &[], &[0, 2, 3], true),
            // Rescued hosts have not failed; unreachable ones do not count for the percentage.
            (&[OK, FAILED, OK, OK], &[1], Some(0.0), &[0, 1, 2, 3], &[], false),
            (&[OK, LOST, OK, OK], &[], Some(0.0), &[0, 2, 3], &[], false),
        ];
        for (fates, rescued, most, go_on, fail_too, ends) in table {
            let expected = (go_on.to_vec(), fail_too.to_vec(), *ends);
            assert_eq!(round(fates, rescued, *most), expected, "{fates:?}, rescued {rescued:?}, most {most:?}");
        }
    }

    #[test]
    fn a_host_that_failed_in_an_earlier_play_counts_for_the_size_of_a_batch_and_not_as_failed_again() {
        // Two hosts of three take part; both fail. As in Ansible, that is not the whole batch.
        let mut course = Course::new(3, None);
        course.failed(0);
        course.failed(1);
        assert!(!course.ends_the_run());
    }
}
