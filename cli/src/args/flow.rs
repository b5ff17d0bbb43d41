//! What plays, plans and single modules take alike: how much is told, and where a run begins.

use std::path::PathBuf;

use clap::Args;

/// How much is told of a run, and where else.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportOptions {
    /// Say more: -v also what was fine or skipped, -vv also where tasks stand and when they begin, -vvv also what each
    /// task returned
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Tell at the end how long tasks and hosts took
    #[arg(long)]
    pub profile: bool,
    /// Write the results for a build server, too: a test case for each host and task
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Where a run begins, and for whom.
#[derive(Clone, Debug, Default, Args)]
pub struct StartOptions {
    /// Leave out every task before the one of this name; `*` stands for any text
    #[arg(long, value_name = "NAME")]
    pub start_at_task: Option<String>,
    /// Only the hosts in this file, one a line: an apply writes down those that failed, and says where
    #[arg(long, value_name = "FILE")]
    pub retry: Option<PathBuf>,
}
