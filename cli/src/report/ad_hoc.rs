//! Single modules (`lvsctl run`, `lvsctl shell`): what a node answers is data, with the host's name in front.

use std::io::{self, Write};

use lvs_agent::wire::{Mode, Stream};

use super::{Detail, Event, Reporter, TaskEnd, TaskStatus, Verbosity, data::Data, difference, lines, style::harmless};
use crate::vault;

/// What nodes answer goes to standard output, and everything else to standard error.
pub struct AdHoc<T, D> {
    talk: T,
    data: Data<D>,
    detail: Detail,
    verbosity: Verbosity,
}

impl<T: Write + Send, D: Write + Send> AdHoc<T, D> {
    /// `talk` is standard error, `data` standard output.
    pub fn new(talk: T, data: D, detail: Detail, verbosity: Verbosity) -> Self {
        Self { talk, data: Data::new(data), detail, verbosity }
    }

    fn data(&mut self, text: &str) {
        self.data.write(&vault::mask(text));
    }

    fn talk(&mut self, text: &str) {
        let _ = self.talk.write_all(vault::mask(text).as_bytes());
        let _ = self.talk.flush();
    }
}

impl<T: Write + Send, D: Write + Send> Reporter for AdHoc<T, D> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Output { host, stream, line, .. } => {
                let line = format!("{host} | {}\n", harmless(line).replace('\n', " "));
                match stream {
                    Stream::Stdout => self.data(&line),
                    Stream::Stderr => self.talk(&line),
                }
            }
            Event::TaskEnded(end) if matches!(end.status, TaskStatus::Ok | TaskStatus::Changed) => {
                let (data, talk) = (answer(end), self.changes(end));
                self.data(&data);
                self.talk(&talk);
            }
            // There is one, and its name was on the command line.
            Event::PlayStarted { .. } => {}
            Event::Recap(recap) => {
                // A command that was run without a complaint has said all that there is.
                let is_plain = recap.mode == Mode::Apply && !recap.failed() && !recap.stopped;
                if !is_plain || self.verbosity >= Verbosity::FINE {
                    self.talk(&format!("\n{}", recap.table()));
                }
            }
            event => {
                if let Some(text) = lines::talk(event, self.detail, self.verbosity) {
                    self.talk(&text);
                }
            }
        }
    }

    fn result(&mut self) -> io::Result<()> {
        self.data.result()
    }
}

impl<T, D> AdHoc<T, D> {
    fn changes(&self, end: &TaskEnd) -> String {
        // That a command was run is no news to who ran it.
        if end.result.as_ref().is_some_and(|result| result.contains_key("rc")) {
            return String::new();
        }
        let shown = end.changes.iter().map(|change| {
            let change = difference::show(change, self.detail, "  ");
            format!("  {}:{change}", end.host)
        });
        shown.collect()
    }
}

/// What a module returned, on one line; what a command printed was told as it came.
fn answer(end: &TaskEnd) -> String {
    let told: Vec<String> = end.findings.iter().map(|line| format!("{} | {}\n", end.host, harmless(line))).collect();
    match &end.result {
        _ if !told.is_empty() => told.concat(),
        Some(result) if result.contains_key("rc") => String::new(),
        Some(result) => {
            let result = serde_json::to_string(result).unwrap_or_default();
            format!("{} | {}\n", end.host, harmless(&result))
        }
        None => format!("{} | {}\n", end.host, end.status.word()),
    }
}
