//! What a person sees while the lab works: a spinner for each node on a terminal, plain lines elsewhere.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The display of one command.
#[derive(Clone)]
pub(super) struct Progress {
    bars: Option<MultiProgress>,
}

/// One thing that is under way, such as a node that boots.
pub(super) struct Line {
    name: String,
    bar: Option<ProgressBar>,
    start: Instant,
}

impl Progress {
    /// Draws on stderr.
    pub(super) fn new() -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { bars: (!bars.is_hidden()).then_some(bars) }
    }

    /// A line for one thing; `width` is that of the longest name.
    pub(super) fn line(&self, name: &str, width: usize) -> Line {
        let bar = self.bars.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}").expect("the template is right");
            let bar = bars.add(ProgressBar::new_spinner().with_style(style).with_prefix(format!("{name:width$}")));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Line { name: name.to_owned(), bar, start: Instant::now() }
    }
}

impl Line {
    /// What is being done now.
    pub(super) fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => say(&format!("{}: {what}", self.name)),
        }
    }

    /// A detail that only a terminal shows.
    pub(super) fn detail(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// It is done.
    pub(super) fn done(self, what: &str) {
        self.end("✓", &format!("{what} after {:.1} s", self.start.elapsed().as_secs_f64()));
    }

    /// It is not going to be done.
    pub(super) fn failed(self, what: &str) {
        self.end("✗", what);
    }

    fn end(&self, sign: &str, what: &str) {
        match &self.bar {
            Some(bar) => {
                let style = ProgressStyle::with_template(&format!("{sign} {{prefix}} {{wide_msg}}"));
                bar.set_style(style.expect("the template is right"));
                bar.finish_with_message(what.to_owned());
            }
            None => say(&format!("{}: {what}", self.name)),
        }
    }
}

/// A line of talk.
pub(super) fn say(text: &str) {
    // Nobody is there to listen if stderr is closed.
    let _ = writeln!(anstream::stderr(), "{text}");
}
