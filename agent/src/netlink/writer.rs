//! Writing messages and attributes, several messages to a datagram, without an allocation for each.

use super::constants::{ALIGNTO, NLA_F_NESTED, NLA_HDRLEN, NLM_F_ACK, NLM_F_REQUEST, NLMSG_HDRLEN};

/// Bytes being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes as they are: the fixed header of a family.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.pad();
    }

    pub(crate) fn attribute(&mut self, kind: u16, payload: &[u8]) {
        self.within(kind, |writer| writer.bytes.extend_from_slice(payload));
    }

    pub(crate) fn u8(&mut self, kind: u16, value: u8) {
        self.attribute(kind, &[value]);
    }

    pub(crate) fn u16(&mut self, kind: u16, value: u16) {
        self.attribute(kind, &value.to_ne_bytes());
    }

    /// In network byte order.
    pub(crate) fn be16(&mut self, kind: u16, value: u16) {
        self.attribute(kind, &value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, kind: u16, value: u32) {
        self.attribute(kind, &value.to_ne_bytes());
    }

    /// Two numbers of 32 bits, such as flags and the mask that says which of them count.
    pub(crate) fn two_u32(&mut self, kind: u16, first: u32, second: u32) {
        self.within(kind, |writer| {
            writer.bytes.extend_from_slice(&first.to_ne_bytes());
            writer.bytes.extend_from_slice(&second.to_ne_bytes());
        });
    }

    /// Text with the NUL that ends it.
    pub(crate) fn text(&mut self, kind: u16, text: &str) {
        self.within(kind, |writer| {
            writer.bytes.extend_from_slice(text.as_bytes());
            writer.bytes.push(0);
        });
    }

    /// Attributes inside an attribute.
    pub(crate) fn nest(&mut self, kind: u16, attributes: impl FnOnce(&mut Self)) {
        self.within(kind | NLA_F_NESTED, attributes);
    }

    fn within(&mut self, kind: u16, payload: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        payload(self);
        let length = u16::try_from(self.bytes.len() - start)
            .expect("names are checked against the kernel's limits before they are written");
        self.patch(start, length.to_ne_bytes());
        self.pad();
        debug_assert!(usize::from(length) >= NLA_HDRLEN);
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNTO), 0);
    }

    fn patch<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        if let Some(place) = self.bytes.get_mut(at..at + N) {
            place.copy_from_slice(&value);
        }
    }
}

/// Messages that go to the kernel in one datagram.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    writer: Writer,
    starts: Vec<usize>,
}

impl Batch {
    /// A batch of one message.
    pub(crate) fn one(kind: u16, flags: u16, body: impl FnOnce(&mut Writer)) -> Self {
        let mut batch = Self::default();
        batch.push(kind, flags, body);
        batch
    }

    /// Adds a message; `NLM_F_REQUEST` is understood.
    pub(crate) fn push(&mut self, kind: u16, flags: u16, body: impl FnOnce(&mut Writer)) {
        let start = self.writer.bytes.len();
        self.starts.push(start);
        self.writer.raw(&[0; NLMSG_HDRLEN]);
        self.writer.patch(start + 4, kind.to_ne_bytes());
        self.writer.patch(start + 6, (flags | NLM_F_REQUEST).to_ne_bytes());
        body(&mut self.writer);
        let length = u32::try_from(self.writer.bytes.len() - start).expect("a message is far below 4 GiB");
        self.writer.patch(start, length.to_ne_bytes());
    }

    /// How many messages it holds.
    pub(crate) const fn len(&self) -> usize {
        self.starts.len()
    }

    /// Numbers the messages from `first` on.
    pub(super) fn number(&mut self, first: u32) {
        for (sequence, start) in (0u32..).map(|index| first.wrapping_add(index)).zip(&self.starts) {
            self.writer.patch(start + 8, sequence.to_ne_bytes());
        }
    }

    /// Asks for an answer to the last message even if it succeeds. Errors are answered without being asked for.
    pub(super) fn acknowledge_last(&mut self) {
        if let Some(start) = self.starts.last()
            && let Some([low, high]) = self.writer.bytes.get(start + 6..start + 8)
        {
            let flags = u16::from_ne_bytes([*low, *high]) | NLM_F_ACK;
            self.writer.patch(start + 6, flags.to_ne_bytes());
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.writer.bytes
    }
}
