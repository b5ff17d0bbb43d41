//! `lvsctl verify`.

use std::collections::BTreeSet;

use lvs_agent::wire::Failure;

use super::{
    Error, identity,
    prepared::{Prepared, targets},
    rights, screen,
};
use crate::{
    args::{Output, VerifyArgs},
    exit::Exit,
    session::{AgentBinary, Fleet},
    verify::{DirectorMacs, Others, Question, Report, verify_service},
};

/// Connects through every VIP and judges what came back.
pub(super) async fn run(args: &VerifyArgs) -> Result<Exit, Error> {
    screen::no_junit(args.options.output)?;
    let prepared = Prepared::load(&args.options.sources)?;
    let agent = AgentBinary::find(args.options.agent.as_deref())?;
    let groups = prepared.cluster().groups();
    let limit = args.options.limit.as_deref().map(|limit| prepared.select(limit)).transpose()?;
    let is_taken = |host: &&String| limit.as_ref().is_none_or(|limit| limit.contains(*host));
    let clients: Vec<&String> = groups.clients.iter().filter(is_taken).collect();
    if clients.is_empty() {
        screen::say("nothing is verified: the inventory has no host in the group `clients` to ask from");
        return Ok(Exit::Failed);
    }
    let hosts: BTreeSet<&str> = clients.iter().copied().chain(&groups.directors).map(String::as_str).collect();
    let mut fleet = Fleet::new(agent, identity::purpose(false));
    let (mut macs, mut unreachable) = (DirectorMacs::default(), 0);
    let targets = targets(prepared.inventory(), hosts, &rights::wish(&args.options.rights)?)?;
    fleet
        .connect(targets, args.options.forks.into(), |host, result| match result {
            Ok(session) if groups.directors.iter().any(|director| director == host) => {
                macs.add(host, &session.facts().interfaces);
            }
            Ok(_) => {}
            Err(error) => {
                unreachable += 1;
                screen::tell_failure(host, &error.to_failure());
            }
        })
        .await;
    let question = Question { requests: args.requests, path: None, others: Others::Few };
    let (mut report, mut failed) = (Report::default(), unreachable > 0);
    for client in clients {
        for service in &prepared.cluster().services {
            match verify_service(service, client, &question, &macs, &mut fleet).await {
                Ok(service) => {
                    if args.options.output != Output::Json {
                        screen::print(&format!("{service}\n"))?;
                    }
                    report.services.push(service);
                }
                Err(error) => {
                    failed = true;
                    let cause = error.source.to_failure();
                    let came_back = format!("failed to {}\n{}", cause.tried, cause.came_back);
                    screen::tell_failure(&error.host, &Failure { tried: error.what.to_owned(), came_back, ..cause });
                }
            }
        }
    }
    screen::tell_partings(fleet.close().await);
    if args.options.output == Output::Json {
        screen::print(&format!("{}\n", serde_json::to_string(&report).expect("reports have text keys only")))?;
    }
    Ok(if report.is_right() && !failed { Exit::Ok } else { Exit::Failed })
}
