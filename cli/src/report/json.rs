//! JSON lines, for programs.

use std::io::Write;

use super::{Event, Reporter};

/// One JSON object on a line for each event (`--output json`; `docs/playbooks.md` describes them).
pub struct Json<D>(D);

impl<D: Write + Send> Json<D> {
    /// `data` is standard output.
    pub fn new(data: D) -> Self {
        Self(data)
    }
}

impl<D: Write + Send> Reporter for Json<D> {
    fn event(&mut self, event: &Event) {
        if let Ok(mut line) = serde_json::to_vec(event) {
            line.push(b'\n');
            // A reader that went away must not end the work on the nodes.
            let _ = self.0.write_all(&line);
            let _ = self.0.flush();
        }
    }
}
