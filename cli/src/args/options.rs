//! What several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where hosts and variables come from.
#[derive(Clone, Debug, Args)]
pub struct Sources {
    /// Inventory file or folder; may be given several times, later ones win
    #[arg(short, long = "inventory", value_name = "PATH", env = "LVSCTL_INVENTORY", value_delimiter = ':')]
    pub inventory: Vec<PathBuf>,
}

/// How a run is carried out.
#[derive(Clone, Debug, Args)]
pub struct RunOptions {
    #[command(flatten)]
    pub sources: Sources,
    /// Only these hosts: names, groups, globs; `:` or `,` joins, `!` takes away, `&` intersects
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
    /// Only tasks with one of these tags
    #[arg(short, long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// How many hosts are connected to at the same time
    #[arg(short, long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub forks: u16,
    /// The agent's program to put on nodes [default: lvs-agent beside lvsctl]
    #[arg(long, value_name = "FILE", env = "LVSCTL_AGENT")]
    pub agent: Option<PathBuf>,
    /// How results are printed
    #[arg(short, long, value_enum, default_value_t = Output::Auto)]
    pub output: Output,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Progress bars on a terminal, plain lines elsewhere
    Auto,
    /// Plain lines
    Plain,
    /// JSON lines
    Json,
}

/// `lvsctl check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Playbook to check with the inventory [default: site.yml]
    pub playbook: Option<PathBuf>,
    #[command(flatten)]
    pub sources: Sources,
}

/// `lvsctl plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// Playbook to plan [default: site.yml]
    pub playbook: Option<PathBuf>,
    #[command(flatten)]
    pub options: RunOptions,
}

/// `lvsctl apply`.
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// Playbook to carry out [default: site.yml]
    pub playbook: Option<PathBuf>,
    /// Do not ask before changing something
    #[arg(short, long)]
    pub yes: bool,
    /// Change nothing, only say what would be changed
    #[arg(short = 'C', long)]
    pub check: bool,
    /// Show the differences of files
    #[arg(short = 'D', long)]
    pub diff: bool,
    #[command(flatten)]
    pub options: RunOptions,
}

/// `lvsctl verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Connections per virtual service
    #[arg(short = 'n', long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub requests: u32,
    #[command(flatten)]
    pub options: RunOptions,
}

/// `lvsctl status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub options: RunOptions,
}
