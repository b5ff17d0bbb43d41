//! Reading attributes (`struct nlattr` in `linux/netlink.h`): length, kind, payload, padded to four bytes.
//!
//! Every length comes from the other side of a socket and is checked before it is used.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::constants::{ALIGNTO, NLA_HDRLEN, NLA_TYPE_MASK};

/// Something the kernel sent does not have the form it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {length} bytes")]
pub(crate) struct Malformed {
    /// What it should have been.
    pub what: &'static str,
    /// How long it is.
    pub length: usize,
}

/// The attributes in a payload, one after another.
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'a>(&'a [u8]);

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// Its kind, without the flag bits.
    pub kind: u16,
    /// What it carries.
    pub payload: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// The attributes in `payload`.
    pub(crate) const fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }

    /// The attributes behind a fixed header of `length` bytes.
    pub(crate) fn behind(payload: &'a [u8], length: usize) -> Self {
        Self(payload.get(length.next_multiple_of(ALIGNTO)..).unwrap_or_default())
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.len() < NLA_HDRLEN {
            return None;
        }
        let Some((attribute, rest)) = split(self.0) else {
            let length = self.0.len();
            self.0 = &[];
            return Some(Err(Malformed { what: "attribute", length }));
        };
        self.0 = rest;
        Some(Ok(attribute))
    }
}

fn split(bytes: &[u8]) -> Option<(Attribute<'_>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (kind, _) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_ne_bytes(*length));
    let payload = bytes.get(NLA_HDRLEN..length)?;
    // The last attribute of a message need not be padded.
    let rest = bytes.get(length.next_multiple_of(ALIGNTO)..).unwrap_or_default();
    Some((Attribute { kind: u16::from_ne_bytes(*kind) & NLA_TYPE_MASK, payload }, rest))
}

impl<'a> Attribute<'a> {
    fn start<const N: usize>(&self, what: &'static str) -> Result<[u8; N], Malformed> {
        self.payload.first_chunk().copied().ok_or(Malformed { what, length: self.payload.len() })
    }

    pub(crate) fn u8(&self) -> Result<u8, Malformed> {
        self.start("number (8 bit)").map(u8::from_ne_bytes)
    }

    pub(crate) fn u16(&self) -> Result<u16, Malformed> {
        self.start("number (16 bit)").map(u16::from_ne_bytes)
    }

    /// In network byte order.
    pub(crate) fn be16(&self) -> Result<u16, Malformed> {
        self.start("number (16 bit)").map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&self) -> Result<u32, Malformed> {
        self.start("number (32 bit)").map(u32::from_ne_bytes)
    }

    pub(crate) fn u64(&self) -> Result<u64, Malformed> {
        self.start("number (64 bit)").map(u64::from_ne_bytes)
    }

    /// Two numbers of 32 bits, such as flags and the mask that says which of them count.
    pub(crate) fn two_u32(&self) -> Result<(u32, u32), Malformed> {
        let malformed = Malformed { what: "two numbers (32 bit)", length: self.payload.len() };
        let (first, rest) = self.payload.split_first_chunk().ok_or(malformed)?;
        let second = rest.first_chunk().ok_or(malformed)?;
        Ok((u32::from_ne_bytes(*first), u32::from_ne_bytes(*second)))
    }

    /// Text up to its NUL; what is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> String {
        let end = self.payload.iter().position(|byte| *byte == 0).unwrap_or(self.payload.len());
        String::from_utf8_lossy(self.payload.get(..end).unwrap_or_default()).into_owned()
    }

    /// An address of exactly the payload's length: 4 bytes are IPv4, 16 are IPv6.
    pub(crate) fn address(&self) -> Result<IpAddr, Malformed> {
        match *self.payload {
            [a, b, c, d] => Ok(Ipv4Addr::new(a, b, c, d).into()),
            _ if self.payload.len() == 16 => self.start("address").map(|bytes: [u8; 16]| Ipv6Addr::from(bytes).into()),
            _ => Err(Malformed { what: "address", length: self.payload.len() }),
        }
    }

    /// The IPv4 address that the payload begins with.
    pub(crate) fn ipv4(&self) -> Result<Ipv4Addr, Malformed> {
        self.start("IPv4 address").map(|bytes: [u8; 4]| Ipv4Addr::from(bytes))
    }

    /// The IPv6 address that the payload begins with.
    pub(crate) fn ipv6(&self) -> Result<Ipv6Addr, Malformed> {
        self.start("IPv6 address").map(|bytes: [u8; 16]| Ipv6Addr::from(bytes))
    }

    /// The attributes inside.
    pub(crate) const fn nested(&self) -> Attributes<'a> {
        Attributes::new(self.payload)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::netlink::Writer;

    #[test]
    fn a_length_beyond_the_end_is_an_error_and_ends_the_reading() {
        let mut attributes = Attributes::new(&[200, 0, 1, 0, 1, 2]);
        assert_eq!(attributes.next(), Some(Err(Malformed { what: "attribute", length: 6 })));
        assert_eq!(attributes.next(), None);
    }

    #[test]
    fn a_length_below_the_header_is_an_error() {
        assert!(Attributes::new(&[3, 0, 1, 0]).next().unwrap().is_err());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(attributes in vec((0u16..=NLA_TYPE_MASK, vec(any::<u8>(), 0..50)), 0..10)) {
            let mut writer = Writer::default();
            for (kind, payload) in &attributes {
                writer.attribute(*kind, payload);
            }
            let read: Vec<_> = Attributes::new(writer.bytes())
                .map(|attribute| attribute.map(|a| (a.kind, a.payload.to_vec())))
                .collect::<Result<_, _>>()
                .unwrap();
            prop_assert_eq!(read, attributes);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
            for attribute in Attributes::new(&bytes).flatten() {
                let _ = (attribute.u8(), attribute.u16(), attribute.be16(), attribute.u32(), attribute.u64());
                let _ = (attribute.two_u32(), attribute.text(), attribute.address(), attribute.ipv4());
                let _ = attribute.nested().count();
            }
        }
    }
}
