//! The inventory: hosts, groups and their variables, as Ansible has them.

mod document;
mod draft;
mod entry;
mod host;
mod layer;
mod load;
mod merge;
mod names;
pub mod output;
mod pattern;
mod range;
mod resolve;
mod select;
mod sources;
mod tree;
mod vars_files;

pub use host::{Group, Host, Inventory, Vars};
pub use layer::{Layer, Origin};
pub use names::host_context;
pub use pattern::PatternError;
pub use resolve::resolve;
