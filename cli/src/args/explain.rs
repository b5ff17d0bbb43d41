//! `lvsctl explain`.

use clap::Args;

use super::Sources;

/// `lvsctl explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Host of the inventory
    pub host: String,
    /// One of its variables [default: all, each on a line]
    pub variable: Option<String>,
    // A doc comment here would become the help of the whole command.
    #[command(flatten)]
    #[expect(missing_docs, reason = "see above")]
    pub sources: Sources,
}
