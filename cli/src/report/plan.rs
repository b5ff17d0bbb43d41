//! The plan: for each host the exact differences, by task.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use lvs_agent::wire::Change;

use super::{
    Detail, Event, Recap, Reporter, TaskEnd, TaskStatus, Verbosity,
    data::Data,
    difference,
    recap::count,
    style::{self, harmless, paint},
};
use crate::vault;

/// Collects what would be changed, and writes it as a whole at the end of a run in check mode.
///
/// Hosts with the same differences are shown together, and hosts without any in one line.
pub struct Plan<D> {
    ends: Vec<TaskEnd>,
    talk: Box<dyn Reporter>,
    data: Data<D>,
    verbosity: Verbosity,
}

impl<D: Write + Send> Plan<D> {
    /// `talk` hears everything but the results and the recap.
    pub fn new(talk: impl Reporter + 'static, data: D) -> Self {
        Self { ends: Vec::new(), talk: Box::new(talk), data: Data::new(data), verbosity: Verbosity::default() }
    }

    /// Says more, or less.
    #[must_use]
    pub fn verbose(self, verbosity: Verbosity) -> Self {
        Self { verbosity, ..self }
    }
}

impl<D: Write + Send> Reporter for Plan<D> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::TaskEnded(end) => {
                let is_fine = matches!(end.status, TaskStatus::Ok | TaskStatus::Skipped);
                if end.status == TaskStatus::Failed || is_fine && self.verbosity >= Verbosity::FINE {
                    self.talk.event(event);
                }
                self.ends.push(end.clone());
            }
            Event::Recap(recap) => {
                self.talk.clear();
                self.data.write(&vault::mask(&text(&self.ends, recap)));
            }
            _ => self.talk.event(event),
        }
    }

    fn result(&mut self) -> io::Result<()> {
        self.data.result()
    }
}

/// What one task would do: name, place, changes, and what cannot be told.
type Part<'a> = (&'a str, &'a str, &'a [Change], Option<String>);

fn text(ends: &[TaskEnd], recap: &Recap) -> String {
    let mut groups: Vec<(Vec<Part<'_>>, Vec<&str>)> = Vec::new();
    let mut same = Vec::new();
    for host in &recap.hosts {
        let parts = parts(ends, &host.host);
        if parts.is_empty() {
            // A host that failed or is not reachable was told of already; it is not "without changes".
            if host.failed == 0 && !host.unreachable {
                same.push(host.host.as_str());
            }
        } else if let Some((_, hosts)) = groups.iter_mut().find(|(known, _)| *known == parts) {
            hosts.push(&host.host);
        } else {
            groups.push((parts, vec![&host.host]));
        }
    }
    let mut text = String::new();
    for (parts, hosts) in &groups {
        let _ = writeln!(text, "{}", paint(style::HEADING, hosts.join(", ")));
        for (task, place, changes, unknown) in parts {
            let _ = writeln!(text, "  {} {}", harmless(task), paint(style::FAINT, format!("({place})")));
            text.extend(changes.iter().map(|change| difference::show(change, Detail::Diff, "    ")));
            if let Some(unknown) = unknown {
                text += &style::indented(unknown, "    ");
            }
        }
        text.push('\n');
    }
    if !same.is_empty() {
        let _ = writeln!(text, "{}: no changes", same.join(", "));
    }
    text + &summary(recap)
}

fn parts<'a>(ends: &'a [TaskEnd], host: &str) -> Vec<Part<'a>> {
    ends.iter()
        .filter(|end| end.host == host && (!end.changes.is_empty() || end.status == TaskStatus::Unknown))
        .map(|end| {
            let unknown = end.failure.as_ref().filter(|_| end.status == TaskStatus::Unknown).map(|failure| {
                format!(
                    "? the rest cannot be told before the changes above are made (now: {}: {})",
                    failure.tried, failure.came_back
                )
            });
            (end.task.as_str(), end.place.as_str(), end.changes.as_slice(), unknown)
        })
        .collect()
}

fn summary(recap: &Recap) -> String {
    let changes: usize = recap.hosts.iter().map(|host| host.changes).sum();
    let hosts = recap.hosts.iter().filter(|host| host.changes > 0).count();
    let failed = recap.hosts.iter().filter(|host| host.failed > 0 || host.unreachable).count();
    let mut text = match changes {
        0 => "Plan: nothing to change".to_owned(),
        _ => format!("Plan: {} on {}", count(changes, "change"), count(hosts, "host")),
    };
    if failed > 0 {
        let _ = write!(text, "; {} could not be looked at", count(failed, "host"));
    }
    paint(style::HEADING, text) + "\n"
}
