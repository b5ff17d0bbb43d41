//! What was found while an inventory was read.

use crate::source::Diagnostic;

/// What was found while an inventory was read.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What cannot be.
    pub(super) mistakes: Vec<Diagnostic>,
    /// What can be, and is hardly meant; Ansible warns of most of it.
    pub(super) doubts: Vec<Diagnostic>,
}
