//! The inventory: hosts, groups and their variables, as Ansible has them.

mod address;
mod document;
mod draft;
mod entry;
mod explain;
mod extra_vars;
mod findings;
mod host;
mod host_list;
mod ini;
mod layer;
mod load;
mod merge;
mod names;
pub mod output;
mod pattern;
mod program;
mod program_output;
mod python;
mod range;
mod resolve;
mod select;
mod sources;
#[cfg(test)]
mod tests;
mod tree;
mod vars_files;

pub(crate) use document::SECTIONS;
pub use explain::{Explanation, Place, value_text};
pub use extra_vars::extra_vars;
pub use host::{Group, Host, Inventory, Vars};
pub use layer::{Layer, Origin};
pub use load::Load;
pub use names::host_context;
pub(crate) use pattern::NamePattern;
pub use pattern::PatternError;
pub use resolve::resolve;

/// The words of a line, by the rules of a shell without expansion.
pub(crate) fn words(line: &str) -> Result<Vec<String>, &'static str> {
    Ok(ini::words(line)?.into_iter().map(|(word, _)| word).collect())
}
