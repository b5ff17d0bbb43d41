//! Progress bars, for a terminal.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Detail, Event, Reporter, TaskStatus, Verbosity, data::Data, lines, recap::count, style::harmless};
use crate::vault;

/// Bars that fit a small terminal; other hosts only count in the last line.
const MAX_BARS: usize = 16;

/// One bar for each host that is at work, one line for all, and results above them.
pub struct Bars<D> {
    screen: MultiProgress,
    total: ProgressBar,
    hosts: BTreeMap<String, ProgressBar>,
    data: Data<D>,
    detail: Detail,
    verbosity: Verbosity,
    colour: bool,
}

impl<D: Write + Send> Bars<D> {
    /// Bars are drawn on standard error; `data` is standard output. `colour` says whether standard error takes it.
    pub fn new(data: D, detail: Detail, colour: bool) -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = screen.add(ProgressBar::no_length());
        total.set_style(template("{spinner} {prefix} {pos}/{len} {wide_msg}"));
        Self {
            screen,
            total,
            hosts: BTreeMap::new(),
            data: Data::new(data),
            detail,
            verbosity: Verbosity::default(),
            colour,
        }
    }

    /// Says more, or less.
    #[must_use]
    pub fn verbose(self, verbosity: Verbosity) -> Self {
        Self { verbosity, ..self }
    }

    fn print(&self, text: &str) {
        let text = vault::mask(text.trim_end_matches('\n'));
        // A line at a time: text of several lines leaves ghosts of the bars behind.
        for line in text.lines() {
            let plain = anstream::adapter::strip_str(line).to_string();
            let _ = self.screen.println(if self.colour { line } else { &plain });
        }
    }

    fn start(&mut self, host: &str, tasks: usize) {
        if self.hosts.len() >= MAX_BARS || tasks == 0 {
            return;
        }
        let bar = self.screen.insert_before(&self.total, ProgressBar::new(tasks as u64));
        bar.set_style(template("  {prefix:16} {bar:24} {pos}/{len} {wide_msg}"));
        bar.set_prefix(host.to_owned());
        self.hosts.insert(host.to_owned(), bar);
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).expect("the template is a constant that was tried out").progress_chars("━╸ ")
}

impl<D: Write + Send> Reporter for Bars<D> {
    fn event(&mut self, event: &Event) {
        if let Some(text) = lines::talk(event, self.detail, self.verbosity) {
            self.print(&text);
        }
        match event {
            Event::Connecting { hosts } => {
                self.total.set_length(hosts.len() as u64);
                self.total.set_prefix("connecting");
                self.total.enable_steady_tick(std::time::Duration::from_millis(120));
            }
            Event::HostConnected { .. } | Event::HostUnreachable { .. } => self.total.inc(1),
            Event::PlayStarted { play, hosts, .. } => {
                self.total.reset();
                self.total.set_length(hosts.len() as u64);
                self.total.set_prefix(play.clone());
                self.total.set_message(count(hosts.len(), "host"));
                self.total.enable_steady_tick(std::time::Duration::from_millis(120));
            }
            Event::HostStarted { host, tasks } => self.start(host, *tasks),
            Event::TaskStarted { host, task } => {
                if let Some(bar) = self.hosts.get(host) {
                    bar.set_message(harmless(task));
                }
            }
            Event::TaskEnded(end) => {
                if let Some(bar) = self.hosts.get(&end.host) {
                    bar.inc(1);
                    if end.status == TaskStatus::Failed {
                        bar.abandon_with_message(format!("failed: {}", harmless(&end.task)));
                    }
                }
            }
            Event::HostEnded { host } => {
                self.total.inc(1);
                if let Some(bar) = self.hosts.remove(host) {
                    bar.finish_and_clear();
                }
            }
            Event::Recap(recap) => {
                self.clear();
                self.data.write(&format!("\n{}", recap.table()));
            }
            Event::RunStarted { .. } | Event::Output { .. } | Event::Note { .. } => {}
        }
    }

    fn clear(&mut self) {
        for (_, bar) in std::mem::take(&mut self.hosts) {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }

    fn result(&mut self) -> io::Result<()> {
        self.data.result()
    }
}
