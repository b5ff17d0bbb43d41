//! Who keeps a real server that is to leave.

use super::{Key, Server};

/// A real server that still has active connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy {
    pub key: Key,
    pub server: Server,
    pub active: u32,
}
