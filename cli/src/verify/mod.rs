//! Proof by real connections: what a client gets through every VIP, and who answers ARP for it.

mod share;

pub use share::{Share, shares};
