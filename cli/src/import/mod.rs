//! From what others describe an LVS cluster with to an inventory of lvsctl's.
//!
//! Each reader is pure and gives the services in the kernel's own words, with notes of what has no counterpart: nothing is
//! dropped in silence. One writer makes the inventory of it, whatever it was read from.

mod imported;
mod ipvsadm;
mod keepalived;
mod ldirectord;
mod live;
mod proof;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use imported::{Found, Imported, Note};
pub use proof::prove;
pub use write::{Writing, write};

/// Reads `ipvsadm -Sn`.
pub fn read_ipvsadm(text: &str) -> Imported {
    ipvsadm::read(text)
}

/// Reads a keepalived.conf.
pub fn read_keepalived(text: &str) -> Imported {
    keepalived::read(text)
}

/// Reads an ldirectord.cf.
pub fn read_ldirectord(text: &str) -> Imported {
    ldirectord::read(text)
}

/// Takes the table of a running director.
pub fn read_live(table: &lvs_agent::wire::LiveTable) -> Imported {
    live::read(table)
}
