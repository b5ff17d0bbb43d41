//! Templates: Jinja as Ansible uses it, in files, in variables and in conditions.

mod context;
mod engine;
mod failure;
mod filters;
mod formatter;
mod place;
mod render_node;
mod shipped;
mod templates;
#[cfg(test)]
mod tests;
mod value;

pub use context::Context;
pub(crate) use context::Names;
pub use engine::Engine;
pub(crate) use failure::Reported;
pub use render_node::has_template;
pub use templates::Templates;
pub(crate) use value::to_value;
