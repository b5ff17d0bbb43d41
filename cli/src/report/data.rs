//! Where the data of a run goes: a stream that may take nothing more, which must not end the work on the nodes.

use std::io::{ErrorKind, Result, Write};

/// A stream that remembers that something written to it was lost.
pub(super) struct Data<D> {
    stream: D,
    result: Result<()>,
}

impl<D: Write> Data<D> {
    pub(super) fn new(stream: D) -> Self {
        Self { stream, result: Ok(()) }
    }

    /// Writes it, unless something was lost before: what follows a gap is no document.
    pub(super) fn write(&mut self, text: &str) {
        if self.result.is_ok() {
            self.result = self.stream.write_all(text.as_bytes()).and_then(|()| self.stream.flush());
        }
    }

    /// Why something was lost, told once. A reader that has gone (`lvsctl plan | head`) has lost nothing.
    pub(super) fn result(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.result, Ok(())) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.result = Err(ErrorKind::BrokenPipe.into());
                Ok(())
            }
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_full_disk_did_not_take_is_told() {
        let mut room = [0; 4];
        let mut data = Data::new(&mut room[..]);
        data.write("abc");
        assert!(data.result().is_ok());
        data.write("def");
        assert_eq!(data.result().unwrap_err().kind(), ErrorKind::WriteZero);
    }

    #[test]
    fn a_reader_that_has_gone_has_lost_nothing() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut data = Data::new(writer);
        data.write("abc");
        assert!(data.result().is_ok());
    }
}
