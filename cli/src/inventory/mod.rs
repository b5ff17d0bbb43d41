//! The inventory: hosts, groups and their variables, as Ansible has them.

mod host;

pub use host::{Group, Host, Inventory, Vars};
