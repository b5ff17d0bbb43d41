//! Playbooks: what to do, in which order, as Ansible writes it.
//!
//! A playbook is read whole, with everything that it imports, and every mistake in it is found before any node is
//! contacted. What Ansible has and lvsctl does not is a mistake, too: a keyword is never ignored.

mod argument_specs;
mod directives;
mod include;
mod item;
mod keyword;
mod library;
mod load;
mod looping;
mod play;
mod read;
mod role;
mod tags;
mod task;
pub(crate) mod vocabulary;

pub(crate) use directives::become_another;
pub use directives::{Directives, Setting};
pub use include::Bringing;
pub(crate) use include::{Brought, bring};
pub use item::{Block, Handler, Item};
pub use library::Library;
pub(crate) use library::folder_of;
pub use load::Playbook;
pub use looping::{Loop, LoopKind};
pub use play::{Order, Play, Strategy};
pub use role::{Role, RoleFiles};
pub(crate) use role::{files_in, read_vars};
pub use tags::TagFilter;
pub use task::Task;
pub(crate) use task::is_variable;
