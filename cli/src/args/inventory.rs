//! `lvsctl inventory`.

use clap::Args;

use super::Sources;

/// `lvsctl inventory`.
#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("view").required(true))]
pub struct InventoryArgs {
    /// All hosts and groups as JSON, as `ansible-inventory --list` prints them
    #[arg(long, group = "view")]
    pub list: bool,
    /// The tree of groups, from GROUP [default: all]
    #[arg(long, value_name = "GROUP", num_args = 0..=1, default_missing_value = "all", group = "view")]
    pub graph: Option<String>,
    /// The variables of one host as JSON
    #[arg(long, value_name = "HOST", group = "view")]
    pub host: Option<String>,
    #[command(flatten)]
    pub sources: Sources,
}
