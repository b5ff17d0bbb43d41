//! Saying things to the controller, as long as it listens.

use std::io::Write;

use crate::wire::Event;

/// Says things to the controller.
#[derive(Debug)]
pub(super) struct Speaker<W> {
    output: W,
    /// Lines that go with the next.
    pending: Vec<u8>,
    is_heard: bool,
}

impl<W: Write> Speaker<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, pending: Vec::new(), is_heard: true }
    }

    /// Writes one line, at once, with all that was to go with it. A controller that has gone is no error here: the step
    /// under way goes on, and [`Self::is_heard`] tells before the next.
    pub(super) fn say(&mut self, event: &Event) {
        self.say_with_next(event);
        if self.is_heard {
            self.is_heard = self.output.write_all(&self.pending).and_then(|()| self.output.flush()).is_ok();
        }
        self.pending.clear();
    }

    /// Keeps a line until something else is said. Each write wakes up ssh at both ends, which costs more than a small step.
    pub(super) fn say_with_next(&mut self, event: &Event) {
        match serde_json::to_vec(event) {
            Ok(line) => {
                self.pending.extend(line);
                self.pending.push(b'\n');
            }
            Err(_) => self.is_heard = false,
        }
    }

    /// Whether the last thing said was heard.
    pub(super) fn is_heard(&self) -> bool {
        self.is_heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each write by itself.
    #[derive(Default)]
    struct Writes(Vec<String>);

    impl Write for &mut Writes {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_kept_goes_with_the_next_in_one_write() {
        let mut writes = Writes::default();
        let mut speaker = Speaker::new(&mut writes);
        speaker.say_with_next(&Event::Started { id: 1 });
        speaker.say(&Event::BatchEnded { skipped: 0 });
        speaker.say(&Event::Left);
        assert_eq!(writes.0, ["{\"started\":{\"id\":1}}\n{\"batch_ended\":{\"skipped\":0}}\n", "\"left\"\n"]);
    }
}
