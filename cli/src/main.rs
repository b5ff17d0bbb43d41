//! The `lvsctl` command.

use std::{io::Write, process::ExitCode};

use clap::Parser;
use lvsctl::{
    args::{Args, Command},
    command,
};

fn main() -> ExitCode {
    let args = Args::parse();
    // A lab's ssh and its commands are the user's own: Ctrl-C is for them.
    if !matches!(args.command, Command::Lab(_))
        && let Err(error) = command::keep_from_children()
    {
        tell(&format!("error: failed to set signals up: {error}"));
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell(&format!("error: failed to start the runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command::run(args)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
            tell(&error.render(colour));
            error.exit().into()
        }
    }
}

fn tell(text: &str) {
    // Where standard error is closed, the exit status must do.
    let _ = writeln!(anstream::stderr(), "{text}");
}
