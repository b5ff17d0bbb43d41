//! Playbooks: what to do, in which order, as Ansible writes it.
//!
//! A playbook is read whole, with everything that it imports, and every mistake in it is found before any node is
//! contacted. What Ansible has and lvsctl does not is a mistake, too: a keyword is never ignored.

mod keyword;
mod library;
mod load;
mod play;
mod tags;
mod task;

pub use library::Library;
pub(crate) use library::folder_of;
pub use load::Playbook;
pub use play::{Handler, Play};
pub use tags::TagFilter;
pub use task::Task;
