//! JSON lines, for programs.

use std::io::{self, Write};

use super::{Event, Reporter, data::Data};
use crate::vault;

/// One JSON object on a line for each event (`--output json`; `docs/events.md` describes them).
pub struct Json<D>(Data<D>);

impl<D: Write + Send> Json<D> {
    /// `data` is standard output.
    pub fn new(data: D) -> Self {
        Self(Data::new(data))
    }
}

impl<D: Write + Send> Reporter for Json<D> {
    fn event(&mut self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            self.0.write(&format!("{}\n", vault::mask(&line)));
        }
    }

    fn result(&mut self) -> io::Result<()> {
        self.0.result()
    }
}
