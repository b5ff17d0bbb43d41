//! The command line.

mod explain;
mod import;
mod inventory;
mod options;

use clap::{Parser, Subcommand};

pub use explain::ExplainArgs;
pub use import::{Format, ImportArgs};
pub use inventory::InventoryArgs;
pub use options::{
    ApplyArgs, CheckArgs, FactsArgs, Output, PlanArgs, RunOptions, Sources, StatusArgs, TaskOptions, VerifyArgs,
};

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
    /// Prove it: connections through every VIP, the share of each real server, who answers ARP
    Verify(VerifyArgs),
    /// Show the live IPVS tables of all directors beside the inventory
    Status(StatusArgs),
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
}
