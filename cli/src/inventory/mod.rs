//! The inventory: hosts, groups and their variables, as Ansible has them.

mod document;
mod draft;
mod entry;
mod host;
mod layer;
mod load;
mod merge;
mod names;
mod range;
mod resolve;
mod sources;
mod tree;
mod vars_files;

pub use host::{Group, Host, Inventory, Vars};
pub use layer::{Layer, Origin};
pub use names::host_context;
pub use resolve::resolve;
