//! What a program printed, kept as it was up to a bound, beside the lines that are handed on as they come.

use std::{
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

/// Most that is kept of one stream, in bytes.
const MAX_KEPT: usize = 1 << 20;

/// What a program printed on one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Printed {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl Printed {
    /// As text, without line ends at the end unless they are kept; what is not UTF-8 is replaced.
    pub(crate) fn text(&self, keeps_ends: bool) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        if keeps_ends { &*text } else { text.trim_end_matches(['\r', '\n']) }.to_owned()
    }

    /// Whether more was printed than was kept.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = MAX_KEPT - self.bytes.len();
        self.is_cut |= bytes.len() > room;
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Where the threads that read a program's streams keep what they read.
#[derive(Clone, Debug, Default)]
pub(super) struct Keeper(Arc<Mutex<Printed>>);

impl Keeper {
    /// What has been read until now.
    pub(super) fn printed(&self) -> Printed {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads on, and keeps what is read.
    pub(super) fn tee<R: Read>(self, from: R) -> Tee<R> {
        Tee { from, keeper: self }
    }
}

/// A stream of which is kept what is read.
#[derive(Debug)]
pub(super) struct Tee<R> {
    from: R,
    keeper: Keeper,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.keeper.0.lock().unwrap_or_else(PoisonError::into_inner).push(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_stream_is_kept_up_to_a_bound_and_says_so() {
        let keeper = Keeper::default();
        let mut tee = keeper.clone().tee(io::repeat(b'x').take(3 << 20));
        assert_eq!(io::copy(&mut tee, &mut io::sink()).unwrap(), 3 << 20);
        assert_eq!((keeper.printed().text(false).len(), keeper.printed().is_cut()), (MAX_KEPT, true));
    }

    #[test]
    fn line_ends_at_the_end_are_taken_away() {
        let mut printed = Printed::default();
        printed.push(b" a\r\n\xff\n\n");
        assert_eq!((printed.text(false).as_str(), printed.is_cut()), (" a\r\n\u{fffd}", false));
    }
}
