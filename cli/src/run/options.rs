//! How a playbook is to be carried out, as the command line says.

use std::sync::Arc;

use super::Step;
use crate::{inventory::Vars, playbook::TagFilter, session::Wish};

/// How a playbook is to be carried out.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which tasks.
    pub tags: TagFilter,
    /// Variables that win over all others (`-e`).
    pub extra: Arc<Vars>,
    /// Whether the differences of files are shown.
    pub diff: bool,
    /// Whether what tasks return is told, too.
    pub results: bool,
    /// The name of the task with which it begins.
    pub start_at: Option<String>,
    /// What the command line says of becoming root, or another user.
    pub rights: Wish,
    /// Asks before each task.
    pub step: Option<Step>,
}
