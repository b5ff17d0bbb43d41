//! The controller: reads inventory, playbooks and templates, and brings every node to what they say.

pub mod inventory;
pub mod model;
pub mod source;
pub mod template;
pub mod yaml;
