//! Modules: what a task asks for, as typed resources.
//!
//! Modules have Ansible's names and arguments. Each reads its arguments twice with one function: when the playbook is
//! read, where a value with a template in it is taken on trust, and for each host with the templates rendered. Neither
//! has any effect: a module only says which resources a node should have.

mod account;
mod action;
mod archive;
pub(crate) mod argument_spec;
mod arguments;
mod beside;
mod boot;
mod command;
mod context;
mod control;
mod copy;
#[cfg(test)]
mod differential;
mod expression;
mod fetch;
mod file;
mod free_form;
mod kind;
mod look;
mod lvs_ipvsadm;
mod lvs_network;
mod lvs_prune;
mod lvs_revert;
mod lvs_role;
mod lvs_teardown;
mod lvs_verify;
mod modprobe;
mod network_files;
mod ownership;
mod package;
mod reboot;
mod service;
mod sysctl;
mod template;
#[cfg(test)]
mod tests;
mod text_edit;
mod transfer;
mod wait_for;
mod words;

pub use action::{Action, Module};
pub(crate) use arguments::{Argument, ArgumentShape};
pub(crate) use boot::follow;
pub use context::{BootFiles, Context, Scope, Stage, Wanted};
pub use control::{Control, IncludeVars, Meta};
pub use fetch::Fetch;
pub(crate) use kind::COLLECTIONS;
pub use kind::Kind;
pub use lvs_verify::LvsVerify;
pub use reboot::Reboot;
