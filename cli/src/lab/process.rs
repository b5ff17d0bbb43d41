//! Processes that outlive the lvsctl that started them. A pid alone is no identity, since the kernel gives it out
//! again: it counts together with the time its process started (field 22 of `/proc/PID/stat`, proc(5)).

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};

/// Every process of a lab has this in its environment, with the lab's folder.
pub(super) const MARK: &str = "LVSCTL_LAB_DIR";

/// A process that leads its own process group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// Its pid, and that of its group.
    pub pid: i32,
    /// When it started, in clock ticks since the machine booted.
    pub started: u64,
}

impl Process {
    /// The process that has this pid now.
    pub(super) fn running(pid: i32) -> Option<Self> {
        let stat = Stat::of(pid)?;
        (stat.state != 'Z').then_some(Self { pid, started: stat.started })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(self) -> bool {
        Self::running(self.pid) == Some(self)
    }

    /// Ends its whole group at once, as pulling the plug does, and waits until it is gone.
    pub(super) fn kill(self) {
        if !self.is_alive() {
            return;
        }
        kill_group(self.pid);
        let start = Instant::now();
        while self.is_alive() && start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Ends everything that carries the mark of this lab, whether or not it was recorded. Returns how many groups it was.
pub(super) fn kill_marked(lab: &Path) -> usize {
    kill_until_gone(|| marked(lab).into_iter().map(|process| process.group).collect())
}

/// Ends what is left of a node's kernel: one that died by itself, or for want of memory, leaves helpers that keep its disk.
pub(super) fn kill_node(lab: &Path, node: &str) {
    let groups =
        || marked(lab).into_iter().filter(|process| process.is_of(node)).map(|process| process.group).collect();
    kill_until_gone(groups);
}

/// The kernel of a node, where its start was not recorded.
pub(super) fn find_node(lab: &Path, node: &str) -> Option<Process> {
    marked(lab).into_iter().filter(|process| process.is_of(node)).find_map(|process| Process::running(process.group))
}

fn kill_until_gone(groups: impl Fn() -> BTreeSet<i32>) -> usize {
    let mut killed = BTreeSet::new();
    for _ in 0..500 {
        let found = groups();
        if found.is_empty() {
            break;
        }
        found.iter().copied().for_each(kill_group);
        killed.extend(found);
        thread::sleep(Duration::from_millis(10));
    }
    killed.len()
}

/// A process with the mark.
struct Marked {
    pid: i32,
    group: i32,
}

impl Marked {
    fn is_of(&self, node: &str) -> bool {
        let command_line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        command_line.split(|byte| *byte == 0).any(|word| word == format!("umid={node}").as_bytes())
    }
}

fn marked(lab: &Path) -> Vec<Marked> {
    let mark = format!("{MARK}={}", lab.display());
    let pids = fs::read_dir("/proc").into_iter().flatten();
    let pids = pids.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let marked = pids.filter(|pid| has_mark(*pid, mark.as_bytes()));
    let running = marked.filter_map(|pid| Some((pid, Stat::of(pid).filter(|stat| stat.state != 'Z')?)));
    running.map(|(pid, stat)| Marked { pid, group: stat.group }).collect()
}

fn has_mark(pid: i32, mark: &[u8]) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == mark)
}

fn kill_group(group: i32) {
    // Group 0 and 1 would be ourselves and everybody.
    if let Some(group) = Pid::from_raw(group).filter(|_| group > 1) {
        // It may just have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

struct Stat {
    state: char,
    group: i32,
    started: u64,
}

impl Stat {
    fn of(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the name in brackets, which may contain anything, so fields are counted from its end.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_ascii_whitespace().collect();
        Some(Self {
            state: fields.first()?.chars().next()?,
            group: fields.get(2)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_blanks_does_not_shift_the_fields() {
        let text = "42 (a) b (c) S 1 40 41 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9876 0 0";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.state, stat.group, stat.started), ('S', 40, 9876));
    }

    #[test]
    fn a_pid_that_was_given_out_again_is_another_process() {
        let own = Process::running(std::process::id().cast_signed()).unwrap();
        assert!(own.is_alive());
        assert!(!Process { started: own.started + 1, ..own }.is_alive());
    }
}
