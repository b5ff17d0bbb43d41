//! The commands: what `main` calls.

mod apply;
mod check;
mod error;
mod explain;
mod facts;
mod identity;
mod import;
mod interrupt;
mod inventory;
mod list;
mod passwords;
mod plan;
mod prepared;
mod roll_out;
mod screen;
mod status;
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
        Command::Verify(args) => verify::run(&args).await,
        Command::Status(args) => status::run(&args).await,
        Command::Facts(args) => facts::run(&args).await,
        Command::Import(args) => import::run(&args).await,
        Command::Inventory(args) => inventory::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Lab(args) => Ok(Exit::Other(u8::try_from(lab::run(args).await?).unwrap_or(1))),
    }
}
