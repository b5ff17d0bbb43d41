//! `lvsctl schema`, `lvsctl completions` and `lvsctl man`.

use std::{fs, io};

use clap::CommandFactory;

use super::{Error, screen};
use crate::{
    args::{Args, CompletionsArgs, Document, ManArgs, SchemaArgs},
    exit::Exit,
    schema,
};

/// Prints a schema, or all of them by name.
pub(super) fn schema(args: &SchemaArgs) -> Result<Exit, Error> {
    let of = |document| match document {
        Document::Inventory => schema::inventory(),
        Document::Playbook => schema::playbook(),
        Document::Events => schema::events(),
        Document::Plan => schema::plan(),
    };
    let value = match args.of {
        Some(document) => of(document),
        None => serde_json::json!({
            "inventory": of(Document::Inventory),
            "playbook": of(Document::Playbook),
            "events": of(Document::Events),
            "plan": of(Document::Plan),
        }),
    };
    let text = serde_json::to_string_pretty(&value).map_err(io::Error::other)?;
    screen::print(&(text + "\n"))?;
    Ok(Exit::Ok)
}

/// Prints what a shell reads to complete the command line.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Error> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "lvsctl", &mut text);
    screen::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Ok)
}

/// Writes a page for lvsctl and one for each of its commands.
pub(super) fn man(args: &ManArgs) -> Result<Exit, Error> {
    let write = |source| Error::Write { path: args.folder.clone(), source };
    fs::create_dir_all(&args.folder).map_err(write)?;
    clap_mangen::generate_to(Args::command(), &args.folder).map_err(write)?;
    Ok(Exit::Ok)
}
