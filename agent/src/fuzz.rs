//! The one door for fuzz targets to what decodes bytes of the kernel's, behind the feature `fuzzing`.
//!
//! The decoders are private, and stay so: nothing outside of the agent has such bytes. What must hold of what they read
//! is asserted beside them, in the module `fuzz` of each part.

pub use crate::ipvs::fuzz::connections;
use crate::{
    ipvs, net,
    netlink::{Message, Messages},
};

/// A datagram: every message in it, by every decoder.
pub fn datagram(bytes: &[u8]) {
    let mut left = bytes.len();
    for message in Messages::new(bytes).flatten() {
        assert!(message.payload.len() < left, "messages do not overlap");
        left = left.saturating_sub(message.payload.len());
        if let Some(refusal) = message.refusal() {
            assert!(!refusal.to_string().is_empty());
        }
        decode(&message);
    }
}

/// What a message carries, without its header.
pub fn message(payload: &[u8]) {
    decode(&Message { kind: 0, flags: 0, sequence: 0, payload });
}

fn decode(message: &Message<'_>) {
    ipvs::fuzz::message(message);
    net::fuzz::message(message);
}
