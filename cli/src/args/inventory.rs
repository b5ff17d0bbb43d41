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
    /// The hosts that a pattern means, one a line
    #[arg(long, value_name = "PATTERN", group = "view")]
    pub list_hosts: Option<String>,
    /// With --graph: variables, too
    #[arg(long, requires = "graph")]
    pub vars: bool,
    /// With --list: variables where they are defined, and not merged into each host
    #[arg(long, requires = "list")]
    pub export: bool,
    /// Only these hosts
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Option<String>,
    // A doc comment here would become the help of the whole command.
    #[command(flatten)]
    #[expect(missing_docs, reason = "see above")]
    pub sources: Sources,
}
