//! The command line.

mod ad_hoc;
mod become_root;
mod explain;
mod flow;
mod import;
mod inventory;
mod options;
mod tools;

use clap::{Parser, Subcommand};

pub use ad_hoc::{AdHocOptions, RunArgs, ShellArgs};
pub use become_root::BecomeOptions;
pub use explain::ExplainArgs;
pub use flow::{ReportOptions, StartOptions};
pub use import::{Format, ImportArgs};
pub use inventory::InventoryArgs;
pub use options::{
    ApplyArgs, ChangeOptions, CheckArgs, FactsArgs, GuardOptions, HistoryArgs, Output, PlanArgs, RollbackArgs,
    RunOptions, Scope, Sources, StatusArgs, TaskOptions, TeardownArgs, VerifyArgs,
};
pub use tools::{CompletionsArgs, Document, ManArgs, SchemaArgs};

use crate::lab::args::LabArgs;

/// Rolls out and re-configures whole LVS clusters.
///
/// An inventory says what every director and real server should be; `plan` shows what differs, `apply` makes it so, and
/// `verify` proves it with real connections. `lvsctl lab up` gives you a cluster to try all that on.
#[derive(Debug, Parser)]
#[command(name = "lvsctl", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check inventory, playbooks and templates; contacts no node
    Check(CheckArgs),
    /// Show per host what `apply` would change; changes nothing (exit 0: nothing, 2: changes pending)
    Plan(PlanArgs),
    /// Make every node what the inventory says
    Apply(ApplyArgs),
    /// Carry out one module on some hosts, without a playbook
    Run(RunArgs),
    /// Carry out a command of the shell on some hosts
    Shell(ShellArgs),
    /// Prove it: connections through every VIP, the share of each real server, who answers ARP
    Verify(VerifyArgs),
    /// Show the live IPVS tables of all directors beside the inventory
    Status(StatusArgs),
    /// Show which runs changed something on which node, and who ran them
    History(HistoryArgs),
    /// Take back what the last run did on all nodes, or all runs back to one
    Rollback(RollbackArgs),
    /// Take back everything that lvsctl made, and put back what was there before
    Teardown(TeardownArgs),
    /// Show what nodes are and have: system, network, modules, kernel settings
    Facts(FactsArgs),
    /// Write an inventory of what ipvsadm, keepalived or ldirectord has (exit 1: something was not imported)
    Import(ImportArgs),
    /// Show hosts, groups and variables
    Inventory(InventoryArgs),
    /// Tell where the value of a host's variable comes from: every place, which won, and why
    Explain(ExplainArgs),
    /// A cluster on this machine: real kernels, real IPVS, no hypervisor
    Lab(LabArgs),
    /// Print JSON Schemas, by which editors complete and check
    Schema(SchemaArgs),
    /// Print what completes lvsctl's command line in a shell
    Completions(CompletionsArgs),
    /// Write manual pages
    Man(ManArgs),
}
