//! `lvsctl run` and `lvsctl shell`: one module on some hosts, without a playbook.

use clap::Args;

use super::{GuardOptions, ReportOptions, RunOptions};

/// What single modules take.
#[derive(Clone, Debug, Args)]
pub struct AdHocOptions {
    /// Change nothing, only say what would be changed
    #[arg(short = 'C', long)]
    pub check: bool,
    /// Show the differences of files
    #[arg(short = 'D', long)]
    pub diff: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment here would become the help of the whole command")]
    pub report: ReportOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub guard: GuardOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// `lvsctl run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Hosts: names, groups, globs; `:` or `,` joins, `!` takes away, `&` intersects
    pub pattern: String,
    /// The module
    #[arg(short, long, value_name = "NAME", default_value = "command")]
    pub module_name: String,
    /// Its arguments: `key=value key="other value"`, a mapping as JSON or YAML, or the text of a command
    #[arg(short, long, value_name = "ARGS", allow_hyphen_values = true)]
    pub args: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub ad_hoc: AdHocOptions,
}

/// `lvsctl shell`.
#[derive(Clone, Debug, Args)]
pub struct ShellArgs {
    /// Hosts, as for `run`
    pub pattern: String,
    /// The command, which sh(1) reads: pipes and variables of the node's are for it to see
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub ad_hoc: AdHocOptions,
}
