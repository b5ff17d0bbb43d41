//! How a run ended, for each host.

use std::fmt::Write;

use lvs_agent::wire::Mode;
use serde::Serialize;

use super::{TaskStatus, style, style::paint};

/// How a run ended.
#[derive(Clone, Debug, Serialize)]
pub struct Recap {
    /// Whether it was to change anything.
    pub mode: Mode,
    /// It was stopped (Ctrl-C).
    pub stopped: bool,
    /// Each host that took part, in the order of the inventory.
    pub hosts: Vec<HostRecap>,
}

/// How a run ended for a host. The counters are tasks, as in Ansible: `ok` counts those that changed something, too.
#[derive(Clone, Debug, Serialize)]
pub struct HostRecap {
    /// The host.
    pub host: String,
    /// Tasks that went well.
    pub ok: usize,
    /// Tasks that changed something, or would.
    pub changed: usize,
    /// Tasks that failed.
    pub failed: usize,
    /// Tasks that were skipped.
    pub skipped: usize,
    /// Tasks that failed, and a `rescue` followed.
    pub rescued: usize,
    /// Tasks that failed, or could not reach the node, and that was to be ignored. They are among the `ok`.
    pub ignored: usize,
    /// Check mode: tasks of which nothing can be told before others are done.
    pub unknown: usize,
    /// The host could not be reached, or not any more.
    pub unreachable: bool,
    /// Changes made, or pending.
    pub changes: usize,
    /// In which state the host is.
    #[serde(flatten)]
    pub state: HostState,
}

/// In which state a host is after a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HostState {
    /// All its tasks went well.
    Done,
    /// Nothing was changed.
    Untouched {
        /// Why.
        why: String,
    },
    /// Whether something was changed cannot be told: a command failed, or the connection was lost in the middle.
    Unsure {
        /// Why.
        why: String,
    },
    /// What the run had changed was taken back by the node, since nobody confirmed it over a fresh connection.
    TakenBack {
        /// Why.
        why: String,
    },
    /// Something was changed, and not all of it.
    HalfWay {
        /// Why.
        why: String,
    },
}

impl HostRecap {
    /// Whether all its tasks went well.
    pub fn is_done(&self) -> bool {
        self.state == HostState::Done
    }
}

impl Recap {
    /// Whether something failed somewhere, or could not be reached.
    pub fn failed(&self) -> bool {
        self.hosts.iter().any(|host| host.failed > 0 || host.unreachable)
    }

    /// Whether something was changed, or would be.
    pub fn changed(&self) -> bool {
        self.hosts.iter().any(|host| host.changed > 0 || host.unknown > 0)
    }

    /// As a table.
    pub fn table(&self) -> String {
        let width = self.hosts.iter().map(|host| host.host.chars().count()).max().unwrap_or(0).max(4);
        let checking = self.mode == Mode::Check;
        let changed = if checking { "pending" } else { "changed" };
        // They are rare, and without them the table fits a small terminal.
        let has_more = self.hosts.iter().any(|host| host.rescued + host.ignored > 0);
        let more = if has_more { format!("  {:>7}  {:>7}", "rescued", "ignored") } else { String::new() };
        let head = format!(
            "{:width$}  {:>4}  {changed:>7}  {:>6}  {:>11}  {:>7}{more}  state",
            "host", "ok", "failed", "unreachable", "skipped"
        );
        let mut table = paint(style::HEADING, head) + "\n";
        for host in &self.hosts {
            let HostRecap { host: name, ok, changed, failed, skipped, rescued, ignored, unreachable, .. } = host;
            let cell = |number: usize, width: usize, status: TaskStatus| match number {
                0 => format!("{number:>width$}"),
                _ => paint(style::of(status), format!("{number:>width$}")),
            };
            let _ = writeln!(
                table,
                "{name:width$}  {}  {}  {}  {}  {}{}  {}",
                cell(*ok, 4, TaskStatus::Ok),
                cell(*changed, 7, TaskStatus::Changed),
                cell(*failed, 6, TaskStatus::Failed),
                cell(usize::from(*unreachable), 11, TaskStatus::Failed),
                cell(*skipped, 7, TaskStatus::Skipped),
                if has_more {
                    let (rescued, ignored) =
                        (cell(*rescued, 7, TaskStatus::Changed), cell(*ignored, 7, TaskStatus::Changed));
                    format!("  {rescued}  {ignored}")
                } else {
                    String::new()
                },
                style::harmless(&host.sentence(self.mode)),
            );
        }
        table
    }
}

impl HostRecap {
    /// The state in words.
    fn sentence(&self, mode: Mode) -> String {
        match (&self.state, mode) {
            (HostState::Done, Mode::Check) if self.changes == 0 && self.unknown == 0 => "as it should be".to_owned(),
            (HostState::Done, Mode::Check) => format!("{} pending", count(self.changes, "change")),
            (HostState::Done, Mode::Apply) if self.changes == 0 => "done, nothing to change".to_owned(),
            (HostState::Done, Mode::Apply) => format!("done, {}", count(self.changes, "change")),
            (HostState::Untouched { why }, _) => format!("untouched: {why}"),
            (HostState::Unsure { why }, _) => format!("unsure what was changed: {why}"),
            (HostState::TakenBack { why }, _) => format!("taken back: {why}"),
            (HostState::HalfWay { why }, _) => format!("half-way: {why} after {}", count(self.changes, "change")),
        }
    }
}

/// `1 change`, `2 changes`.
pub fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recap_says_in_which_state_every_node_is() {
        let host = |host: &str, counts: [usize; 4], unreachable, changes, state| HostRecap {
            host: host.to_owned(),
            ok: counts[0],
            changed: counts[1],
            failed: counts[2],
            skipped: counts[3],
            rescued: 0,
            ignored: 0,
            unknown: 0,
            unreachable,
            changes,
            state,
        };
        let why = |why: &str| why.to_owned();
        let recap = Recap {
            mode: Mode::Apply,
            stopped: false,
            hosts: vec![
                host("lvs", [3, 1, 0, 0], false, 4, HostState::Done),
                host("web1", [2, 0, 0, 1], false, 0, HostState::Done),
                host("web2", [1, 1, 1, 0], false, 2, HostState::HalfWay { why: why("`Real server` failed") }),
                host("web3", [0; 4], true, 0, HostState::Untouched { why: why("it could not be reached") }),
            ],
        };
        insta::assert_snapshot!(anstream::adapter::strip_str(&recap.table()));
        assert!(recap.failed());
    }
}
