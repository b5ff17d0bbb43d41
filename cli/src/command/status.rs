//! `lvsctl status`.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use lvs_agent::wire::{Answer, Connection, ConnectionFilter, Lookup};
use serde_json::json;

use super::{
    Error, identity, interrupt,
    prepared::{Prepared, targets},
    rights, screen,
};
use crate::{
    args::{Output, StatusArgs},
    exit::Exit,
    model::Cluster,
    session::{AgentBinary, Fleet},
    source::{Code, Diagnostic, Diagnostics, did_you_mean},
    status::compare,
};

/// Shows the live tables of all directors beside the inventory, or their connections. Fails where a director cannot be
/// asked.
pub(super) async fn run(args: &StatusArgs) -> Result<Exit, Error> {
    screen::no_junit(args.options.output)?;
    let prepared = Prepared::load(&args.options.sources)?;
    let lookup = lookup(args, prepared.cluster())?;
    let agent = AgentBinary::find(args.options.agent.as_deref())?;
    let limit = args.options.limit.as_deref().map(|limit| prepared.select(limit)).transpose()?;
    let directors = prepared.cluster().groups().directors;
    let is_taken = |host: &&String| limit.as_ref().is_none_or(|limit| limit.contains(*host));
    let directors: Vec<&String> = directors.iter().filter(is_taken).collect();
    let mut fleet = Fleet::new(agent, identity::purpose(false));
    let mut seen = Seen::default();
    let targets = targets(
        prepared.inventory(),
        directors.iter().map(|host| host.as_str()),
        &rights::wish(&args.options.rights)?,
    )?;
    fleet
        .connect(targets, args.options.forks.into(), |host, result| {
            if let Err(error) = result {
                seen.failed = true;
                screen::tell_failure(host, &error.to_failure());
            }
        })
        .await;
    loop {
        let text = look(&lookup, &directors, prepared.cluster(), args.options.output, &mut fleet, &mut seen).await;
        let redraws = args.watch.is_some() && args.options.output == Output::Auto && io::stdout().is_terminal();
        if redraws { screen::print_anew(&text) } else { screen::print(&text) }?;
        let Some(seconds) = args.watch else { break };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds.into())) => {}
            _ = interrupt::next() => break,
        }
        // What was a while ago is no longer what is.
        seen.differs = false;
    }
    screen::tell_partings(fleet.close().await);
    Ok(match (seen.failed, seen.differs) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Pending,
        (false, false) => Exit::Ok,
    })
}

/// What the exit status tells.
#[derive(Default)]
struct Seen {
    failed: bool,
    differs: bool,
}

fn lookup(args: &StatusArgs, cluster: &Cluster) -> Result<Lookup, Diagnostics> {
    if !args.conns {
        return Ok(Lookup::Ipvs);
    }
    let service = args.service.as_deref().map(|name| named(name, cluster)).transpose()?;
    let filter = ConnectionFilter { service, client: args.client, server: args.server };
    Ok(Lookup::Connections { filter, limit: args.most })
}

fn named(name: &str, cluster: &Cluster) -> Result<lvs_agent::state::ServiceKey, Diagnostics> {
    if let Some(service) = cluster.services.iter().find(|service| service.name == name) {
        return Ok(service.key);
    }
    let names = || cluster.services.iter().map(|service| service.name.as_str());
    let hint = match did_you_mean(name, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Diagnostic::without_place(Code::BadPattern, format!("no virtual service is named `{name}`")).hint(hint).into())
}

async fn look(
    lookup: &Lookup,
    directors: &[&String],
    cluster: &Cluster,
    output: Output,
    fleet: &mut Fleet,
    seen: &mut Seen,
) -> String {
    let mut text = String::new();
    for &director in directors {
        let Some(session) = fleet.get(director) else { continue };
        match session.lookup(lookup.clone()).await {
            Ok(Answer::Ipvs(live)) => {
                let status = compare(cluster, director, &live);
                seen.differs |= !status.is_same();
                text += &match output {
                    Output::Json => serde_json::to_string(&status).expect("a status has text keys only") + "\n",
                    _ => status.to_string(),
                };
            }
            Ok(Answer::Connections { connections, more }) => {
                text += &match output {
                    Output::Json => {
                        json!({ "director": director, "connections": connections, "more": more }).to_string()
                    }
                    _ => listing(director, &connections, more),
                };
                text.push('\n');
            }
            Ok(_) => {
                seen.failed = true;
                screen::say(&format!("{director}: the answer is to another question"));
            }
            Err(error) => {
                seen.failed = true;
                screen::tell_failure(director, &error.to_failure());
            }
        }
    }
    text
}

fn listing(director: &str, connections: &[Connection], more: usize) -> String {
    let mut lines = vec![director.to_owned()];
    lines.extend(connections.iter().map(|connection| format!("  {connection}")));
    if connections.is_empty() {
        lines.push("  no connections".to_owned());
    }
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}
