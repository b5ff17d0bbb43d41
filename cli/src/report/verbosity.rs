//! How much is said of a run beside what went wrong and what was changed.

/// How much is said: `-v` as often as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verbosity(pub u8);

impl Verbosity {
    /// `-v`: what was fine, and what was skipped and why.
    pub(super) const FINE: Self = Self(1);
    /// `-vv`: hosts as they are reached, tasks as they begin, and where they stand.
    pub(super) const STEPS: Self = Self(2);
    /// `-vvv`: what each task returned.
    pub(super) const RESULTS: Self = Self(3);
}
