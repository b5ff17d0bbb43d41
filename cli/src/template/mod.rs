//! Templates: Jinja as Ansible uses it, in files, in variables and in conditions.

mod arguments;
mod context;
mod engine;
mod failure;
mod filter;
mod formatter;
mod lookup;
mod marker;
mod method;
mod moment;
mod omit;
mod pattern;
mod place;
mod python;
mod pyyaml;
mod render_node;
mod rewrite;
mod shipped;
mod syntax;
mod templates;
mod test;
#[cfg(test)]
mod tests;
mod value;
mod watch;

pub use context::Context;
pub(crate) use context::Names;
pub use engine::Engine;
pub(crate) use failure::Reported;
pub use omit::is_omitted;
pub(crate) use python::printed;
pub use render_node::has_template;
pub use syntax::Syntax;
pub use templates::Templates;
pub(crate) use value::to_value;
