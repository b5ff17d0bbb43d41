//! Plain lines, for pipes and logs.

use std::io::Write;

use super::{
    Detail, Event, Reporter, TaskEnd, TaskStatus, difference, failure,
    recap::count,
    style::{self, harmless, paint},
};
use crate::vault;

/// Plain lines: talk to one stream, the recap to another.
pub struct Lines<T, D> {
    talk: T,
    data: D,
    detail: Detail,
}

impl<T: Write + Send, D: Write + Send> Lines<T, D> {
    /// `talk` is standard error, `data` standard output.
    pub fn new(talk: T, data: D, detail: Detail) -> Self {
        Self { talk, data, detail }
    }
}

impl<T: Write + Send, D: Write + Send> Reporter for Lines<T, D> {
    fn event(&mut self, event: &Event) {
        // A reader that went away (`lvsctl apply | head`) must not end the work on the nodes.
        if let Some(text) = talk(event, self.detail) {
            let _ = self.talk.write_all(vault::mask(&text).as_bytes());
            let _ = self.talk.flush();
        }
        if let Event::Recap(recap) = event {
            let _ = write!(self.data, "\n{}", recap.table());
            let _ = self.data.flush();
        }
    }
}

/// What is said of an event, if anything; what went well and changed nothing is not worth a line.
pub(super) fn talk(event: &Event, detail: Detail) -> Option<String> {
    match event {
        Event::HostUnreachable { host, failure } => Some(failure::of_host(host, failure)),
        Event::PlayStarted { play, hosts, .. } => {
            let hosts = match hosts.as_slice() {
                [] => "no hosts".to_owned(),
                few @ [_, ..] if few.len() <= 8 => few.join(", "),
                many => count(many.len(), "host"),
            };
            Some(format!("{} {}\n", paint(style::HEADING, play), paint(style::FAINT, format!("({hosts})"))))
        }
        Event::Output { host, line, .. } => Some(format!("  {host} | {}\n", harmless(line))),
        Event::Note { host: Some(host), text } => Some(format!("  {host}: {text}\n")),
        Event::Note { host: None, text } => Some(format!("  {text}\n")),
        Event::TaskEnded(end) => task_ended(end, detail),
        Event::Connecting { .. }
        | Event::RunStarted { .. }
        | Event::HostConnected { .. }
        | Event::HostStarted { .. }
        | Event::HostEnded { .. }
        | Event::TaskStarted { .. }
        | Event::Recap(_) => None,
    }
}

fn task_ended(end: &TaskEnd, detail: Detail) -> Option<String> {
    let word = paint(style::of(end.status), end.status.word());
    let head = format!("  {}: {word}: {}", end.host, harmless(&end.task));
    let mut text = match end.status {
        TaskStatus::Ok if end.findings.is_empty() => return None,
        TaskStatus::Ok => format!("{head}\n"),
        // A condition that does not hold is ordinary; a step that was held back is not.
        TaskStatus::Skipped => match &end.reason {
            Some(reason) => format!("{head}: {reason}\n"),
            None => return None,
        },
        TaskStatus::Changed | TaskStatus::WouldChange => {
            format!("{head} {}\n", paint(style::FAINT, format!("({})", count(end.changes.len(), "change"))))
        }
        TaskStatus::Failed | TaskStatus::Unknown => String::new(),
    };
    if detail != Detail::Count {
        text.extend(end.changes.iter().map(|change| difference::show(change, detail, "      ")));
    }
    text.extend(end.findings.iter().map(|finding| format!("      {}\n", harmless(finding))));
    if let Some(failure) = &end.failure {
        text += &failure::of_task(end, failure);
    }
    Some(text)
}
