//! The controller: reads inventory, playbooks and templates, and brings every node to what they say.

pub mod args;
pub mod command;
pub mod exit;
pub mod import;
pub mod inventory;
pub mod lab;
pub mod model;
pub mod module;
pub mod plan_file;
pub mod playbook;
mod python;
pub mod report;
pub mod run;
pub mod schema;
pub mod session;
pub mod source;
pub mod status;
pub mod template;
pub mod vault;
pub mod verify;
pub mod yaml;
