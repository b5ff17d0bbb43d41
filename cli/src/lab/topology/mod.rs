//! What a lab consists of: networks, and nodes with their NICs.

mod family;
mod ipv6;
mod model;
mod range;
mod read;

pub(super) use family::{Family, FamilyOf};
pub(super) use model::{Network, Nic, Node, Topology};
pub(super) use range::Range;
pub(super) use read::read;

/// The topology of `lvsctl lab up` without a file.
pub(super) const DEFAULT: &str = include_str!("default.yml");
