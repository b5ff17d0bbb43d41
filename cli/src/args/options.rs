//! What several commands take.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use lvs_agent::wire::ServerName;

use super::{BecomeOptions, ReportOptions, StartOptions};

/// Where hosts and variables come from.
#[derive(Clone, Debug, Default, Args)]
pub struct Sources {
    /// Inventory file, folder or program, or hosts with commas between them; may be given several times, later ones win
    /// [env: `LVSCTL_INVENTORY`, with `:` between]
    #[arg(short, long = "inventory", value_name = "PATH")]
    pub inventory: Vec<PathBuf>,
    /// Folder beside which `group_vars` and `host_vars` are looked for, too [default: the playbook's, or this one]
    #[arg(long, value_name = "DIR")]
    pub playbook_dir: Option<PathBuf>,
    /// Variables that win over all others: `name=value`, YAML, JSON, or @FILE; may be given several times
    #[arg(short, long, value_name = "VARS")]
    pub extra_vars: Vec<String>,
    /// File with the password for encrypted files and values, or program that prints it
    #[arg(long, value_name = "FILE", visible_alias = "vault-pass-file")]
    pub vault_password_file: Vec<PathBuf>,
    /// The same for one of several passwords: LABEL@FILE, LABEL@prompt
    #[arg(long, value_name = "LABEL@SOURCE")]
    pub vault_id: Vec<String>,
    /// Ask for the password of encrypted files and values
    #[arg(short = 'J', long, visible_alias = "ask-vault-password")]
    pub ask_vault_pass: bool,
}

impl Sources {
    /// The same, with the folder of a playbook, unless another is told.
    #[must_use]
    pub fn beside(&self, playbook: Option<&Path>) -> Self {
        let mut sources = self.clone();
        if let (None, Some(playbook)) = (&self.playbook_dir, playbook.filter(|playbook| playbook.is_file())) {
            let folder = playbook.parent().filter(|folder| !folder.as_os_str().is_empty());
            sources.playbook_dir = Some(folder.unwrap_or(Path::new(".")).to_owned());
        }
        sources
    }
}

/// Which nodes are asked, and how.
#[derive(Clone, Debug, Args)]
pub struct RunOptions {
    // A doc comment here would become the help of the whole command.
    #[command(flatten)]
    #[expect(missing_docs, reason = "see above")]
    pub sources: Sources,
    // As above.
    #[command(flatten)]
    #[expect(missing_docs, reason = "see above")]
    pub rights: BecomeOptions,
    /// Only these hosts: names, groups, globs; `:` or `,` joins, `!` takes away, `&` intersects
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
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
    /// What came of a playbook or a module as build servers read it; what is said meanwhile goes to standard error
    Junit,
}

/// Which tasks of a playbook, and with which variables.
#[derive(Clone, Debug, Default, Args)]
pub struct TaskOptions {
    /// Only tasks with one of these tags
    #[arg(short, long, value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// Leave out tasks with one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub skip_tags: Vec<String>,
    /// Only list the hosts of each play; contacts no node
    #[arg(long)]
    pub list_hosts: bool,
    /// Only list the tasks of each play; contacts no node
    #[arg(long)]
    pub list_tasks: bool,
    /// Only list the tags of each play; contacts no node
    #[arg(long)]
    pub list_tags: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment here would become the help of the whole command")]
    pub start: StartOptions,
}

/// `lvsctl check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Playbook to check with the inventory [default: site.yml]
    pub playbook: Option<PathBuf>,
    // A doc comment here would become the help of the whole command.
    #[command(flatten)]
    #[expect(missing_docs, reason = "see above")]
    pub sources: Sources,
}

/// `lvsctl plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// Playbook to plan [default: site.yml]
    pub playbook: Option<PathBuf>,
    /// Keep the plan in this file; `lvsctl apply FILE` then does exactly that, or refuses
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub report: ReportOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub tasks: TaskOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// `lvsctl apply`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of the command line, and no state")]
pub struct ApplyArgs {
    /// Playbook to carry out, or a plan that was kept [default: site.yml]
    pub playbook: Option<PathBuf>,
    /// Ask before each task
    #[arg(long)]
    pub step: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub report: ReportOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub tasks: TaskOptions,
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
    #[expect(missing_docs, reason = "as above")]
    pub guard: GuardOptions,
    /// Do not look whether the VIPs still answer before what may cut the connection to a node is confirmed
    #[arg(long)]
    pub no_vip_probe: bool,
    /// What is taken back where a node fails, or takes its own changes back
    #[arg(long, value_enum, default_value_t = Scope::Node)]
    pub rollback: Scope,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// What is taken back where a node fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// What may have cut the connection to that node, on that node
    Node,
    /// This run, on every node
    Cluster,
}

/// `lvsctl history`.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// `lvsctl rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollbackArgs {
    /// Go back to the state after this run: every later one is taken back [default: only the last run is]
    #[arg(long, value_name = "RUN")]
    pub to: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub changes: ChangeOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// `lvsctl teardown`.
#[derive(Clone, Debug, Args)]
pub struct TeardownArgs {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub changes: ChangeOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// How things are taken back.
#[derive(Clone, Debug, Args)]
pub struct ChangeOptions {
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
    #[expect(missing_docs, reason = "as above")]
    pub guard: GuardOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub report: ReportOptions,
}

/// How a run is kept from cutting the connection to a node.
#[derive(Clone, Copy, Debug, Args)]
pub struct GuardOptions {
    /// Changes that may cut the connection to a node are taken back there, with everything else of this run, unless a
    /// fresh connection works within so many seconds; 0 takes nothing back
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = rollback_seconds)]
    pub rollback_seconds: u32,
}

impl GuardOptions {
    /// How long a node waits to be confirmed; `None` is for ever.
    pub fn seconds(self) -> Option<u32> {
        Some(self.rollback_seconds).filter(|seconds| *seconds > 0)
    }
}

/// `lvsctl verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Connections per virtual service
    #[arg(short = 'n', long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub requests: u32,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// `lvsctl facts`.
#[derive(Clone, Debug, Args)]
pub struct FactsArgs {
    /// Hosts and groups [default: all]
    pub pattern: Option<String>,
    /// Only facts of these names; `*` stands for anything
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub filter: Vec<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

/// `lvsctl status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// Show it anew every so many seconds, until Ctrl-C
    #[arg(short, long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub watch: Option<u16>,
    /// List the connections that the directors keep, in place of their tables
    #[arg(long)]
    pub conns: bool,
    /// Only connections of this service, by its name
    #[arg(long, value_name = "NAME", requires = "conns")]
    pub service: Option<String>,
    /// Only connections from this address or network
    #[arg(long, value_name = "NETWORK", requires = "conns", value_parser = network)]
    pub client: Option<IpNet>,
    /// Only connections to this real server, by its address
    #[arg(long, value_name = "ADDRESS[:PORT]", requires = "conns", value_parser = server)]
    pub server: Option<ServerName>,
    /// How many connections are listed of each director at most
    #[arg(long, value_name = "N", requires = "conns", default_value_t = 1000)]
    pub most: usize,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub options: RunOptions,
}

fn rollback_seconds(text: &str) -> Result<u32, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds == 0 || (5..=600).contains(seconds));
    seconds.ok_or_else(|| "take 5 to 600 seconds, or 0 for never".to_owned())
}

fn network(text: &str) -> Result<IpNet, String> {
    let alone = text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or(alone).map_err(|_| format!("{text} is not an address or network"))
}

fn server(text: &str) -> Result<ServerName, String> {
    let alone = text.parse().map(|address| ServerName { address, port: None });
    let with_port = || text.parse().map(|at: SocketAddr| ServerName { address: at.ip(), port: Some(at.port()) });
    alone.or_else(|_| with_port()).map_err(|_| format!("{text} is not an address, alone or with a port"))
}
