//! JSON lines to and from an agent. Every line from a node is treated as hostile.

use std::time::Duration;

use lvs_agent::wire::{Event, MAX_LINE, Request};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use super::Error;

/// Longest hello, in bytes: facts of ten thousand devices are a tenth of it. They are kept for the whole run, as values
/// that take many times as much.
const MAX_HELLO: usize = 8 << 20;

/// The two directions of a conversation.
pub(super) struct Conversation {
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    reader: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    line: Vec<u8>,
    /// Longest line that is taken.
    longest: usize,
}

impl Conversation {
    pub(super) fn new(writer: Box<dyn AsyncWrite + Send + Unpin>, reader: Box<dyn AsyncRead + Send + Unpin>) -> Self {
        Self { writer, reader: BufReader::new(reader), line: Vec::new(), longest: MAX_HELLO }
    }

    pub(super) async fn send(&mut self, request: &Request) -> Result<(), Error> {
        let mut line =
            serde_json::to_vec(request).expect("requests have text keys only, so they can be written as JSON");
        line.push(b'\n');
        self.writer.write_all(&line).await?;
        Ok(self.writer.flush().await?)
    }

    /// The next event; `None` at the end. `what` names what is waited for.
    pub(super) async fn next(&mut self, what: &'static str, patience: Duration) -> Result<Option<Event>, Error> {
        // What was read of a line stays in `self.line` if the caller drops this future in the middle.
        let read = async {
            let limit = (self.longest - self.line.len()) as u64;
            (&mut self.reader).take(limit).read_until(b'\n', &mut self.line).await
        };
        tokio::time::timeout(patience, read).await.map_err(|_| Error::Silent { what, waited: patience })??;
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            let reason = if line.len() >= self.longest { "a line is too long" } else { "the last line is cut off" };
            return Err(garbled(&reason, &line));
        }
        self.longest = MAX_LINE;
        serde_json::from_slice(&line).map(Some).map_err(|error| garbled(&error, &line))
    }
}

fn garbled(reason: &dyn ToString, line: &[u8]) -> Error {
    let start = String::from_utf8_lossy(&line[..line.len().min(80)]).trim().replace(|c: char| c.is_control(), "?");
    Error::Garbled { reason: reason.to_string(), start }
}
