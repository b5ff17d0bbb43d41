//! Netlink, as far as the agent needs it: messages in their binary form, and a socket with deadlines.
//!
//! The socket is neli's. The messages are written and read here, since several of them go into one datagram (that is
//! what makes a large IPVS table fast) and since nothing that the kernel says may make the agent panic.

mod attribute;
pub(crate) mod constants;
mod error;
mod generic;
mod message;
mod socket;
mod writer;

pub(crate) use attribute::{Attribute, Attributes, Malformed};
pub(crate) use error::{Error, Refusal};
pub(crate) use generic::{GENERIC_HEADER, family_id};
pub(crate) use message::Message;
#[cfg(feature = "fuzzing")]
pub(crate) use message::Messages;
pub(crate) use socket::Socket;
pub(crate) use writer::{Batch, Writer};
