//! Users, groups and the name of the node.
//!
//! What is there is read from the files; what is changed, is by the programs of shadow-utils (useradd(8) and the like),
//! which know the locks and the other files that go with them.

mod database;
mod group;
mod hostname;
mod user;

use crate::{
    node::Root,
    process::Program,
    wire::{Failure, Stream},
};

/// Runs a program that changes an account.
fn run(root: &Root, argv: &[String], tried: String, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
    Program::new(root, argv).run(output).map_err(|error| error.into_failure(tried))
}

/// Names as useradd(8) takes them, a `$` at the end included.
fn is_account_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name
            .strip_suffix('$')
            .unwrap_or(name)
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// A field of `/etc/passwd` cannot have these.
fn is_field(text: &str) -> bool {
    !text.contains([':', '\n', '\0'])
}

#[cfg(test)]
mod tests;
