//! Proof by real connections: what a client gets through every VIP, the share of each real server, and who answers ARP.

mod arp;
mod counters;
mod report;
mod service;
mod share;

pub use arp::{ArpFinding, ArpQuestion, DirectorMacs};
pub use report::{Evidence, Report, ServiceReport};
pub use service::{Error, Question, verify_from_client, verify_service};
pub use share::{Others, Share, shares};
