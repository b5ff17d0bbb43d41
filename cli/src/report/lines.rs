//! Plain lines, for pipes and logs.

use std::io::{self, Write};

use super::{
    Detail, Event, Reporter, TaskEnd, TaskStatus, Verbosity,
    data::Data,
    difference, failure,
    recap::count,
    style::{self, harmless, paint},
};
use crate::vault;

/// Plain lines: talk to one stream, the recap to another.
pub struct Lines<T, D> {
    talk: T,
    data: Data<D>,
    detail: Detail,
    verbosity: Verbosity,
}

impl<T: Write + Send, D: Write + Send> Lines<T, D> {
    /// `talk` is standard error, `data` standard output.
    pub fn new(talk: T, data: D, detail: Detail) -> Self {
        Self { talk, data: Data::new(data), detail, verbosity: Verbosity::default() }
    }

    /// Says more, or less.
    #[must_use]
    pub fn verbose(self, verbosity: Verbosity) -> Self {
        Self { verbosity, ..self }
    }
}

impl<T: Write + Send, D: Write + Send> Reporter for Lines<T, D> {
    fn event(&mut self, event: &Event) {
        // A reader that went away (`lvsctl apply | head`) must not end the work on the nodes.
        if let Some(text) = talk(event, self.detail, self.verbosity) {
            let _ = self.talk.write_all(vault::mask(&text).as_bytes());
            let _ = self.talk.flush();
        }
        if let Event::Recap(recap) = event {
            self.data.write(&format!("\n{}", recap.table()));
        }
    }

    fn result(&mut self) -> io::Result<()> {
        self.data.result()
    }
}

/// What is said of an event, if anything; what went well and changed nothing is not worth a line unless it is asked for.
pub(super) fn talk(event: &Event, detail: Detail, verbosity: Verbosity) -> Option<String> {
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
        Event::Note { host: Some(host), text } => Some(format!("  {host}: {}\n", harmless(text))),
        Event::Note { host: None, text } => Some(format!("  {}\n", harmless(text))),
        Event::TaskEnded(end) => task_ended(end, detail, verbosity),
        Event::HostConnected { host } if verbosity >= Verbosity::STEPS => Some(format!("  {host}: connected\n")),
        Event::TaskStarted { host, task } if verbosity >= Verbosity::STEPS => {
            Some(format!("  {host}: begins: {}\n", harmless(task)))
        }
        Event::Connecting { .. }
        | Event::RunStarted { .. }
        | Event::HostConnected { .. }
        | Event::HostStarted { .. }
        | Event::HostEnded { .. }
        | Event::TaskStarted { .. }
        | Event::Recap(_) => None,
    }
}

fn task_ended(end: &TaskEnd, detail: Detail, verbosity: Verbosity) -> Option<String> {
    let is_asked = verbosity >= Verbosity::FINE;
    let word = paint(style::of(end.status), end.status.word());
    let mut head = format!("  {}: {word}: {}", end.host, harmless(&end.task));
    if verbosity >= Verbosity::STEPS {
        head = format!("{head} {}", paint(style::FAINT, format!("({})", end.place)));
    }
    let mut text = match end.status {
        TaskStatus::Ok if end.findings.is_empty() && !is_asked => return None,
        TaskStatus::Ok => format!("{head}\n"),
        // A condition that does not hold is ordinary; a step that was held back is not.
        TaskStatus::Skipped => match &end.reason {
            Some(reason) => format!("{head}: {reason}\n"),
            None if is_asked => format!("{head}{}\n", condition(end)),
            None => return None,
        },
        TaskStatus::Changed | TaskStatus::WouldChange => {
            format!("{head} {}\n", paint(style::FAINT, format!("({})", count(end.changes.len(), "change"))))
        }
        TaskStatus::Failed | TaskStatus::Unknown => String::new(),
    };
    // Nothing stands before the line that says of which host it is.
    if let Some(failure) = &end.failure {
        text += &failure::of_task(end, failure);
    }
    if detail != Detail::Count {
        text.extend(end.changes.iter().map(|change| difference::show(change, detail, "      ")));
    }
    text.extend(end.findings.iter().map(|finding| format!("      {}\n", harmless(finding))));
    if let Some(result) = end.result.as_ref().filter(|_| verbosity >= Verbosity::RESULTS) {
        let result = serde_json::to_string_pretty(result).unwrap_or_default();
        text += &style::indented(&result, "      ");
    }
    Some(text)
}

/// Why a task was skipped, where a condition is the reason.
fn condition(end: &TaskEnd) -> String {
    let of = |name: &str| end.result.as_ref()?.get(name)?.as_str().map(harmless);
    match (of("false_condition"), of("skipped_reason")) {
        (Some(condition), _) => format!(": `{condition}` does not hold"),
        (None, Some(reason)) => format!(": {reason}"),
        (None, None) => String::new(),
    }
}
