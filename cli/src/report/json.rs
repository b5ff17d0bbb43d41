//! JSON lines, for programs.

use std::io::Write;

use super::{Event, Reporter};
use crate::vault;

/// One JSON object on a line for each event (`--output json`; `docs/events.md` describes them).
pub struct Json<D>(D);

impl<D: Write + Send> Json<D> {
    /// `data` is standard output.
    pub fn new(data: D) -> Self {
        Self(data)
    }
}

impl<D: Write + Send> Reporter for Json<D> {
    fn event(&mut self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that went away must not end the work on the nodes.
            let _ = writeln!(self.0, "{}", vault::mask(&line));
            let _ = self.0.flush();
        }
    }
}
