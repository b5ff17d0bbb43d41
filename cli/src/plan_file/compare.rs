//! A plan beside what is so now: pure.

use std::{collections::BTreeMap, fmt};

use super::{PlanFile, Planned, PlannedChange, PlannedSide};
use crate::source::{Code, Diagnostic};

/// Files that are named in one message.
const MOST: usize = 5;

/// Where a host is not any more as the plan found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The host.
    pub host: String,
    /// The task, with its place.
    pub task: String,
    /// What was planned.
    pub planned: Vec<String>,
    /// What would be done now.
    pub now: Vec<String>,
}

impl PlanFile {
    /// Files that are not what the plan was made of. Those that are not read yet count only with `all`.
    pub fn other_inputs(&self, now: &BTreeMap<String, String>, all: bool) -> Option<Diagnostic> {
        let changed = now.iter().filter_map(|(name, digest)| match self.inputs.get(name) {
            Some(known) if known == digest => None,
            Some(_) => Some(format!("{name} has changed")),
            None => Some(format!("{name} was not there, or not read")),
        });
        let gone = self.inputs.keys().filter(|name| all && !now.contains_key(*name));
        let found: Vec<String> =
            changed.chain(gone.map(|name| format!("{name} is gone, or not read any more"))).collect();
        if found.is_empty() {
            return None;
        }
        let mut shown: Vec<&str> = found.iter().take(MOST).map(String::as_str).collect();
        let more = format!("and {} more", found.len() - shown.len());
        if found.len() > MOST {
            shown.push(&more);
        }
        let title = format!("the plan was made of other files: {}", shown.join("; "));
        Some(Diagnostic::without_place(Code::PlanOutdated, title).hint("make a new plan: `lvsctl plan --out FILE`"))
    }

    /// Where what would be done now is not what was planned.
    pub fn deviations(&self, now: &BTreeMap<String, Vec<Planned>>) -> Vec<Deviation> {
        let mut found = Vec::new();
        let nothing = Vec::new();
        let mut hosts: Vec<&String> = self.hosts.keys().chain(now.keys()).collect();
        hosts.sort();
        hosts.dedup();
        for host in hosts {
            let (planned, now) = (self.hosts.get(host).unwrap_or(&nothing), now.get(host).unwrap_or(&nothing));
            found.extend(of_host(host, planned, now));
        }
        found
    }
}

/// Tasks are taken together by place, name and turn; a handler may run twice.
fn of_host(host: &str, planned: &[Planned], now: &[Planned]) -> Vec<Deviation> {
    let keyed = |list: &[Planned]| -> Vec<(String, String, usize)> {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        list.iter()
            .map(|planned| {
                let key = (planned.place.clone(), planned.task.clone());
                let turn = counts.entry(key.clone()).or_default();
                *turn += 1;
                (key.0, key.1, *turn)
            })
            .collect()
    };
    let (old_keys, new_keys) = (keyed(planned), keyed(now));
    let mut tasks: Vec<(&str, &str, usize)> = Vec::new();
    for (place, task, turn) in old_keys.iter().chain(&new_keys) {
        if !tasks.contains(&(place, task, *turn)) {
            tasks.push((place, task, *turn));
        }
    }
    let find = |keys: &[(String, String, usize)], key: (&str, &str, usize)| {
        keys.iter().position(|(place, task, turn)| (place.as_str(), task.as_str(), *turn) == key)
    };
    tasks
        .into_iter()
        .filter_map(|key| {
            let old = find(&old_keys, key).map(|index| &planned[index]);
            let new = find(&new_keys, key).map(|index| &now[index]);
            (old != new).then(|| Deviation {
                host: host.to_owned(),
                task: format!("{} ({})", key.1, key.0),
                planned: lines(old),
                now: lines(new),
            })
        })
        .collect()
}

fn lines(planned: Option<&Planned>) -> Vec<String> {
    let Some(planned) = planned else { return vec!["nothing".to_owned()] };
    let mut lines: Vec<String> = planned.changes.iter().map(ToString::to_string).collect();
    if planned.unknown {
        lines.push("what cannot be told before the changes above are made".to_owned());
    }
    if lines.is_empty() {
        lines.push("a change of which there is no more to say".to_owned());
    }
    lines
}

impl fmt::Display for PlannedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, before, after } = self;
        match (before, after) {
            (PlannedSide::Absent, PlannedSide::Present) => write!(f, "+ {subject}"),
            (PlannedSide::Absent, after) => write!(f, "+ {subject}: {after}"),
            (PlannedSide::Present, PlannedSide::Absent) => write!(f, "- {subject}"),
            (before, PlannedSide::Absent) => write!(f, "- {subject}: {before}"),
            (before, after) => write!(f, "~ {subject}: {before} -> {after}"),
        }
    }
}

impl fmt::Display for PlannedSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Present => f.write_str("present"),
            Self::Value(value) => f.write_str(value),
            // Enough of the digest to see that two texts differ which have as many lines.
            Self::Text { lines, digest } => {
                write!(f, "{lines} lines #{}", digest.chars().take(8).collect::<String>())
            }
            Self::Hidden(why) => write!(f, "({why})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(task: &str, value: &str) -> Planned {
        let change = PlannedChange {
            subject: "sysctl a".to_owned(),
            before: PlannedSide::Value("0".to_owned()),
            after: PlannedSide::Value(value.to_owned()),
        };
        Planned { task: task.to_owned(), place: "site.yml:3".to_owned(), unknown: false, changes: vec![change] }
    }

    fn shown(planned: &[Planned], now: &[Planned]) -> Vec<String> {
        let of = |deviation: Deviation| {
            format!("{}: {} | {}", deviation.task, deviation.planned.join(","), deviation.now.join(","))
        };
        of_host("a", planned, now).into_iter().map(of).collect()
    }

    #[test]
    fn what_is_the_same_is_no_deviation_and_the_rest_is_told_by_task() {
        let one = || planned("one", "1");
        assert_eq!(shown(&[one(), one()], &[one(), one()]), [""; 0]);
        assert_eq!(shown(&[one()], &[]), ["one (site.yml:3): ~ sysctl a: 0 -> 1 | nothing"]);
        assert_eq!(shown(&[], &[one()]), ["one (site.yml:3): nothing | ~ sysctl a: 0 -> 1"]);
        assert_eq!(
            shown(&[one()], &[planned("one", "2")]),
            ["one (site.yml:3): ~ sysctl a: 0 -> 1 | ~ sysctl a: 0 -> 2"]
        );
        // A second run of a handler is another one.
        assert_eq!(shown(&[one(), one()], &[one()]), ["one (site.yml:3): ~ sysctl a: 0 -> 1 | nothing"]);
    }
}
