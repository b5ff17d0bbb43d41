//! ipvsadm's own text: what `ipvsadm -Sn` writes and `ipvsadm -R` reads (ipvsadm(8), versions 1.26 to 1.31).
//!
//! Reading and writing are pure, so that the controller can import a file and the agent can restore one. The text loses
//! what ipvsadm never wrote (thresholds, timeouts, sync daemons), but reads all of it.

mod address;
mod flag;
mod line;
mod mistake;
mod order;
mod read;
mod server;
mod service;
mod sync;
mod write;

pub use mistake::Mistake;
pub use read::{Script, read, read_leniently};
pub use write::write;
