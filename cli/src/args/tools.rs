//! `lvsctl schema`, `lvsctl completions` and `lvsctl man`: what other programs want to know of this one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `lvsctl schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArgs {
    /// Of what [default: all of them, by name]
    #[arg(value_enum)]
    pub of: Option<Document>,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// An inventory of YAML, or a file of variables of hosts
    Inventory,
    /// A playbook, or a file of tasks
    Playbook,
    /// A line of `--output json`
    Events,
    /// A file of `plan --out`
    Plan,
}

/// `lvsctl completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `lvsctl man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Where the pages are written: `lvsctl.1`, `lvsctl-apply.1`, …
    pub folder: PathBuf,
}
