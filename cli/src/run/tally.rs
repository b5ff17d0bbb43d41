//! What has come of a host so far.

use lvs_agent::wire::Failure;

use crate::{
    module::Kind,
    report::{HostRecap, HostState, TaskEnd, TaskStatus},
};

/// What has come of a host so far.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts about a host, and no state")]
pub(super) struct Tally {
    ok: usize,
    changed: usize,
    failed: usize,
    skipped: usize,
    rescued: usize,
    ignored: usize,
    unknown: usize,
    changes: usize,
    unreachable: bool,
    /// Something ended in a way that does not tell what it had changed by then.
    is_unsure: bool,
    /// The node took back all that the run had changed.
    is_taken_back: bool,
    /// Its IPVS table is as it should be, as far as hosts that are ready go.
    director_is_up_to_date: bool,
    /// What it made as a director and no longer wants has gone.
    leftovers_are_gone: bool,
    /// Why it takes part no more.
    out: Option<String>,
}

impl Tally {
    /// Counts a task.
    pub(super) fn count(&mut self, end: &TaskEnd) {
        self.changes += end.changes.len();
        let is_done = !matches!(end.status, TaskStatus::Failed | TaskStatus::Skipped);
        match end.module {
            Some(Kind::LvsDirector) if is_done => self.director_is_up_to_date = true,
            // Leftovers of either role: while it matters, those of real servers are skipped.
            Some(Kind::LvsPrune) if is_done => self.leftovers_are_gone = true,
            // A director that was torn down sends nowhere, as it should.
            Some(Kind::LvsTeardown) if is_done => (self.director_is_up_to_date, self.leftovers_are_gone) = (true, true),
            Some(Kind::LvsPrune | Kind::LvsTeardown) if end.status == TaskStatus::Failed => {
                self.director_is_up_to_date = false;
            }
            _ => {}
        }
        match end.status {
            TaskStatus::Ok => self.ok += 1,
            TaskStatus::Changed | TaskStatus::WouldChange => {
                self.ok += 1;
                self.changed += 1;
            }
            TaskStatus::Skipped => self.skipped += 1,
            TaskStatus::Unknown => self.unknown += 1,
            TaskStatus::Failed if end.ignored => {
                self.ok += 1;
                self.ignored += 1;
                self.changed += usize::from(end.is_change);
            }
            TaskStatus::Failed if end.rescued => self.rescued += 1,
            TaskStatus::Failed => {
                self.failed += 1;
                self.is_unsure |= matches!(end.module, Some(Kind::Command | Kind::Package | Kind::Service));
            }
        }
    }

    /// There is no conversation with the host, or not any more.
    pub(super) fn lost(&mut self, failure: &Failure) {
        let lines = [failure.tried.lines().next(), failure.came_back.lines().next()];
        let what: Vec<&str> = lines.into_iter().flatten().filter(|line| !line.is_empty()).collect();
        self.unreachable = true;
        self.out.get_or_insert_with(|| format!("failed to {}", what.join(": ")));
    }

    /// The conversation ended in the middle of something.
    pub(super) fn lost_in_the_middle(&mut self, failure: &Failure) {
        self.is_unsure = true;
        self.lost(failure);
    }

    /// The node took back all that the run had changed.
    pub(super) fn taken_back(&mut self, why: impl Into<String>) {
        self.is_taken_back = true;
        self.drop_out(why);
    }

    /// It takes part no more for another reason.
    pub(super) fn drop_out(&mut self, why: impl Into<String>) {
        self.out.get_or_insert_with(|| why.into());
    }

    /// Whether it goes on.
    pub(super) fn goes_on(&self) -> bool {
        self.out.is_none()
    }

    /// Whether it failed, could not be reached, or did not come to the end for another reason.
    pub(super) fn is_bad(&self) -> bool {
        self.failed > 0 || self.unreachable || self.out.is_some()
    }

    /// Whether something was changed, or would be.
    pub(super) fn has_changes(&self) -> bool {
        self.changes > 0
    }

    /// Whether its IPVS table is as it should be; that of a machine that directs no more is gone.
    pub(super) fn sends_as_it_should(&self, is_director: bool) -> bool {
        if is_director { self.director_is_up_to_date } else { self.leftovers_are_gone }
    }

    pub(super) fn recap(&self, host: &str) -> HostRecap {
        let state = match &self.out {
            None => HostState::Done,
            Some(why) if self.is_taken_back => HostState::TakenBack { why: why.clone() },
            Some(why) if self.changes == 0 && self.is_unsure => HostState::Unsure { why: why.clone() },
            Some(why) if self.changes == 0 => HostState::Untouched { why: why.clone() },
            Some(why) => HostState::HalfWay { why: why.clone() },
        };
        HostRecap {
            host: host.to_owned(),
            ok: self.ok,
            changed: self.changed,
            failed: self.failed,
            skipped: self.skipped,
            rescued: self.rescued,
            ignored: self.ignored,
            unknown: self.unknown,
            unreachable: self.unreachable,
            changes: self.changes,
            state,
        }
    }
}
