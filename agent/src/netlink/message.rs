//! Reading messages (`struct nlmsghdr` in `linux/netlink.h`): what a datagram from the kernel holds.

use super::{
    Attributes, Malformed, Refusal,
    constants::{ALIGNTO, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_HDRLEN, NLMSGERR_ATTR_MSG},
};

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// Its kind (`nlmsg_type`).
    pub kind: u16,
    /// Its flags (`nlmsg_flags`).
    pub flags: u16,
    /// The number of the request that it answers (`nlmsg_seq`).
    pub sequence: u32,
    /// What it carries.
    pub payload: &'a [u8],
}

/// The messages in a datagram, one after another.
#[derive(Clone, Debug)]
pub(crate) struct Messages<'a>(&'a [u8]);

impl<'a> Messages<'a> {
    /// The messages in `datagram`.
    pub(crate) const fn new(datagram: &'a [u8]) -> Self {
        Self(datagram)
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let Some((message, rest)) = split(self.0) else {
            let length = self.0.len();
            self.0 = &[];
            return Some(Err(Malformed { what: "message", length }));
        };
        self.0 = rest;
        Some(Ok(message))
    }
}

fn split(bytes: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (kind, rest) = rest.split_first_chunk()?;
    let (flags, rest) = rest.split_first_chunk()?;
    let (sequence, _) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_ne_bytes(*length)).ok()?;
    let message = Message {
        kind: u16::from_ne_bytes(*kind),
        flags: u16::from_ne_bytes(*flags),
        sequence: u32::from_ne_bytes(*sequence),
        payload: bytes.get(NLMSG_HDRLEN..length)?,
    };
    // `length` is at most that of a slice, so that rounding it up cannot overflow.
    Some((message, bytes.get(length.next_multiple_of(ALIGNTO)..).unwrap_or_default()))
}

impl Message<'_> {
    /// The number that the payload of `NLMSG_ERROR` and `NLMSG_DONE` begins with, as a refusal; `None` is success.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let code = self.payload.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
        if code == 0 {
            return None;
        }
        Some(Refusal { errno: code.saturating_neg(), words: self.words() })
    }

    /// What the kernel says about an error (`NLMSGERR_ATTR_MSG`), where it says anything.
    fn words(&self) -> Option<String> {
        if self.flags & NLM_F_ACK_TLVS == 0 {
            return None;
        }
        // `struct nlmsgerr`: the error, the header of the request and, if not capped, its payload.
        let header = self.payload.get(4..)?;
        let length = match self.flags & NLM_F_CAPPED {
            0 => usize::try_from(u32::from_ne_bytes(*header.first_chunk()?)).ok()?.min(header.len()),
            _ => NLMSG_HDRLEN,
        };
        Attributes::behind(header, length)
            .flatten()
            .find(|attribute| attribute.kind == NLMSGERR_ATTR_MSG)
            .map(|attribute| attribute.text())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::netlink::{Batch, constants::NLMSG_ERROR};

    #[test]
    fn the_kernels_words_are_found_behind_the_echoed_request() {
        let mut answer = Batch::default();
        answer.push(NLMSG_ERROR, NLM_F_ACK_TLVS, |writer| {
            writer.raw(&(-101i32).to_ne_bytes());
            writer.raw(&[20, 0, 0, 0, 24, 0, 5, 5, 1, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9]);
            writer.text(NLMSGERR_ATTR_MSG, "Nexthop has invalid gateway");
        });
        let message = Messages::new(answer.bytes()).next().unwrap().unwrap();
        let refusal = message.refusal().unwrap();
        assert_eq!(refusal.to_string(), "Network is unreachable (os error 101): Nexthop has invalid gateway");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
            for message in Messages::new(&bytes).flatten() {
                let _ = message.refusal();
            }
        }
    }
}
