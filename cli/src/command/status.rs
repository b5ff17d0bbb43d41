//! `lvsctl status`.

use lvs_agent::wire::{Answer, Lookup};

use super::{
    Error, identity,
    prepared::{Prepared, targets},
    screen,
};
use crate::{
    args::{Output, StatusArgs},
    exit::Exit,
    session::{AgentBinary, Fleet},
    status::compare,
};

/// Shows the live tables of all directors beside the inventory. Fails where a director cannot be asked.
pub(super) async fn run(args: &StatusArgs) -> Result<Exit, Error> {
    let prepared = Prepared::load(&args.options.sources)?;
    let agent = AgentBinary::find(args.options.agent.as_deref())?;
    let limit = args.options.limit.as_deref().map(|limit| prepared.select(limit)).transpose()?;
    let directors = prepared.cluster().groups().directors;
    let is_taken = |host: &&String| limit.as_ref().is_none_or(|limit| limit.contains(*host));
    let directors: Vec<&String> = directors.iter().filter(is_taken).collect();
    let mut fleet = Fleet::new(agent, identity::purpose(false));
    let (mut failed, mut differs) = (false, false);
    let targets = targets(prepared.inventory(), directors.iter().map(|host| host.as_str()))?;
    fleet
        .connect(targets, args.options.forks.into(), |host, result| {
            if let Err(error) = result {
                failed = true;
                screen::tell_failure(host, &error.to_failure());
            }
        })
        .await;
    for director in directors {
        let Some(session) = fleet.get(director) else { continue };
        match session.lookup(Lookup::Ipvs).await {
            Ok(Answer::Ipvs(live)) => {
                let status = compare(prepared.cluster(), director, &live);
                differs |= !status.is_same();
                let text = match args.options.output {
                    Output::Json => serde_json::to_string(&status).expect("a status has text keys only") + "\n",
                    _ => status.to_string(),
                };
                screen::print(&text)?;
            }
            Ok(_) => {
                failed = true;
                screen::say(&format!("{director}: the answer is to another question"));
            }
            Err(error) => {
                failed = true;
                screen::tell_failure(director, &error.to_failure());
            }
        }
    }
    for (host, error) in fleet.close().await {
        screen::say(&format!("{host}: failed to {error}"));
    }
    Ok(match (failed, differs) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Pending,
        (false, false) => Exit::Ok,
    })
}
