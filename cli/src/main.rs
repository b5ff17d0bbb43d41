//! The `lvsctl` command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lvsctl::lab;

#[derive(Parser)]
#[command(name = "lvsctl", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Lab(lab::args::LabArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Lab(args) = Arguments::parse().command;
    match lab::run(args).await {
        Ok(status) => ExitCode::from(u8::try_from(status).unwrap_or(1)),
        Err(error) => {
            anstream::eprintln!("error: failed to {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(next) = cause {
                anstream::eprintln!("  caused by: {next}");
                cause = next.source();
            }
            if let Some(hint) = error.hint() {
                anstream::eprintln!("\nhint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}
