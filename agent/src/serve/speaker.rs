//! Saying things to the controller, as long as it listens.

use std::io::Write;

use crate::wire::Event;

/// Says things to the controller.
#[derive(Debug)]
pub(super) struct Speaker<W> {
    output: W,
    is_heard: bool,
}

impl<W: Write> Speaker<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, is_heard: true }
    }

    /// Writes one line, at once. A controller that has gone is no error here: the step under way goes on, and
    /// [`Self::is_heard`] tells before the next.
    pub(super) fn say(&mut self, event: &Event) {
        if self.is_heard {
            self.is_heard = self.write(event).is_ok();
        }
    }

    /// Whether the last thing said was heard.
    pub(super) fn is_heard(&self) -> bool {
        self.is_heard
    }

    fn write(&mut self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.output.write_all(&line)?;
        self.output.flush()
    }
}
