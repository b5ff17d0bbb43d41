//! What runs on a node, and the words that both sides share.
//!
//! [`state`] says what a node should be, [`wire`] what controller and agent say to each other, and [`ipvsadm`] how
//! ipvsadm(8) writes a table; [`pattern`] follows regular expressions. None does any I/O, and the controller depends on
//! these only. Everything else is behind the feature `effects`: it reads and changes the node, and knows nothing of
//! playbooks, templates or SSH.

#[cfg(feature = "effects")]
pub mod by_hand;
#[cfg(feature = "effects")]
mod checksum;
#[cfg(feature = "effects")]
mod clock;
#[cfg(feature = "effects")]
pub mod converge;
#[cfg(feature = "effects")]
pub mod facts;

#[cfg(feature = "effects")]
mod failure;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzz;
#[cfg(feature = "effects")]
pub mod guard;
#[cfg(feature = "effects")]
pub mod ipvs;
pub mod ipvsadm;
#[cfg(feature = "effects")]
mod json;
#[cfg(feature = "effects")]
pub mod net;
#[cfg(feature = "effects")]
mod netlink;
#[cfg(feature = "effects")]
mod networkd;
#[cfg(feature = "effects")]
mod node;
pub mod pattern;
#[cfg(feature = "effects")]
mod probe;
#[cfg(feature = "effects")]
mod process;
#[cfg(feature = "effects")]
pub mod restore;
#[cfg(feature = "effects")]
pub mod serve;
pub mod state;
pub mod wire;
