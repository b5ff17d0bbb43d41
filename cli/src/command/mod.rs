//! The commands: what `main` calls.

mod ad_hoc;
mod apply;
mod check;
mod error;
mod explain;
mod facts;
mod history;
mod identity;
mod import;
mod interrupt;
mod inventory;
mod kept;
mod list;
mod passwords;
mod plan;
mod prepared;
mod question;
mod reporting;
mod retry;
mod rights;
mod roll_out;
mod rollback;
mod screen;
mod status;
mod teardown;
mod tools;
mod verify;

pub use error::Error;
pub use interrupt::keep_from_children;

use crate::{
    args::{Args, Command},
    exit::Exit,
    lab,
};

/// Carries out what the command line says.
pub async fn run(args: Args) -> Result<Exit, Error> {
    match args.command {
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args).await,
        Command::Apply(args) => apply::run(&args).await,
        Command::Run(args) => ad_hoc::run(&args).await,
        Command::Shell(args) => ad_hoc::shell(&args).await,
        Command::Verify(args) => verify::run(&args).await,
        Command::Status(args) => status::run(&args).await,
        Command::History(args) => history::run(&args).await,
        Command::Rollback(args) => rollback::run(&args).await,
        Command::Teardown(args) => teardown::run(&args).await,
        Command::Facts(args) => facts::run(&args).await,
        Command::Import(args) => import::run(&args).await,
        Command::Inventory(args) => inventory::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Schema(args) => tools::schema(&args),
        Command::Completions(args) => tools::completions(&args),
        Command::Man(args) => tools::man(&args),
        Command::Lab(args) => Ok(Exit::Other(u8::try_from(lab::run(args).await?).unwrap_or(1))),
    }
}
