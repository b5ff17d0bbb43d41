//! `lvsctl history`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lvs_agent::wire::{Answer, Lookup, PastRun, is_run_name};
use serde::Serialize;

use super::{
    Error, identity,
    prepared::{Prepared, targets},
    rights, screen,
};
use crate::{
    args::{HistoryArgs, Output, RunOptions},
    exit::Exit,
    report::count,
    session::{AgentBinary, Fleet},
};

/// Shows what the nodes remember of runs. Fails where a node cannot be asked.
pub(super) async fn run(args: &HistoryArgs) -> Result<Exit, Error> {
    screen::no_junit(args.options.output)?;
    let prepared = Prepared::load(&args.options.sources)?;
    let (runs, failed) = ask(&prepared, &args.options).await?;
    screen::print(&match args.options.output {
        Output::Json => runs.iter().map(|run| serde_json::to_string(run).expect("it has text keys") + "\n").collect(),
        _ if runs.is_empty() => "no run has changed anything on these hosts\n".to_owned(),
        _ => runs.iter().map(ToString::to_string).collect::<String>(),
    })?;
    Ok(if failed { Exit::Failed } else { Exit::Ok })
}

/// A run, as all its nodes remember it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ClusterRun {
    /// What names it; names sort by time.
    pub(super) run: String,
    /// Who ran it.
    pub(super) operator: String,
    /// Whether every node has taken it back.
    pub(super) taken_back: bool,
    /// What it did, by host.
    pub(super) hosts: BTreeMap<String, PastRun>,
}

impl ClusterRun {
    /// Whether it took back another.
    pub(super) fn is_rollback(&self) -> bool {
        self.run.ends_with(identity::BACK)
    }

    /// Whether it is what a node did by itself after a boot.
    pub(super) fn is_boot(&self) -> bool {
        self.run.starts_with("boot-")
    }
}

/// Asks all hosts; whether one could not be asked was said on standard error.
pub(super) async fn ask(prepared: &Prepared, options: &RunOptions) -> Result<(Vec<ClusterRun>, bool), Error> {
    let agent = AgentBinary::find(options.agent.as_deref())?;
    let limit = options.limit.as_deref().map(|limit| prepared.select(limit)).transpose()?;
    let hosts: Vec<String> = prepared.inventory().hosts.iter().map(|host| host.name.clone()).collect();
    let is_taken = |host: &&String| limit.as_ref().is_none_or(|limit| limit.contains(*host));
    let hosts: Vec<&String> = hosts.iter().filter(is_taken).collect();
    let (mut failed, mut told) = (false, BTreeMap::<String, _>::new());
    let mut fleet = Fleet::new(agent, identity::purpose(false));
    let targets =
        targets(prepared.inventory(), hosts.iter().map(|host| host.as_str()), &rights::wish(&options.rights)?)?;
    fleet
        .connect(targets, options.forks.into(), |host, result| {
            if let Err(error) = result {
                failed = true;
                screen::tell_failure(host, &error.to_failure());
            }
        })
        .await;
    for host in hosts {
        let Some(session) = fleet.get(host) else { continue };
        match session.lookup(Lookup::History).await {
            // A name becomes a word of the playbook of a rollback: whoever has a node must not have the others by it.
            Ok(Answer::History(runs)) if !runs.iter().all(|past| is_run_name(&past.run)) => {
                failed = true;
                screen::say(&format!("{host}: it remembers a run of a name that no lvsctl gives: look at the node"));
            }
            Ok(Answer::History(runs)) => {
                told.insert(host.to_owned(), runs);
            }
            Ok(_) => {
                failed = true;
                screen::say(&format!("{host}: the answer is to another question"));
            }
            Err(error) => {
                failed = true;
                screen::tell_failure(host, &error.to_failure());
            }
        }
    }
    screen::tell_partings(fleet.close().await);
    Ok((by_run(told), failed))
}

/// By run, the oldest first. Pure.
fn by_run(told: BTreeMap<String, Vec<PastRun>>) -> Vec<ClusterRun> {
    let mut runs: BTreeMap<(u64, String), ClusterRun> = BTreeMap::new();
    for (host, past) in told {
        for past in past {
            let run = runs.entry((began(&past.run), past.run.clone())).or_insert_with(|| ClusterRun {
                run: past.run.clone(),
                operator: past.operator.clone(),
                taken_back: true,
                hosts: BTreeMap::new(),
            });
            run.taken_back &= past.taken_back;
            run.hosts.insert(host.clone(), past);
        }
    }
    runs.into_values().collect()
}

/// When a run began by the controller's clock, in seconds since 1970: its name begins with it.
fn began(run: &str) -> u64 {
    run.split(|c: char| !c.is_ascii_digit()).next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0)
}

impl std::fmt::Display for ClusterRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = i64::try_from(began(&self.run)).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let at =
            at.map_or_else(|| "at an unknown time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        write!(f, "{}  {at}  {}", self.run, self.operator)?;
        f.write_str(if self.taken_back { "  taken back" } else { "" })?;
        f.write_str(if self.is_rollback() { "  takes back others" } else { "" })?;
        f.write_str("\n")?;
        for (host, past) in &self.hosts {
            write!(f, "  {host}: {}", count(past.changes, "change"))?;
            if past.failed > 0 {
                write!(f, ", {} of them failed", past.failed)?;
            }
            if past.for_good > 0 {
                write!(f, ", {} without an inverse", past.for_good)?;
            }
            if past.taken_back && !self.taken_back {
                f.write_str(", taken back")?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_told_by_time_with_their_hosts() {
        let past = |run: &str, changes, taken_back| PastRun {
            run: run.to_owned(),
            operator: "alice@desk".to_owned(),
            changes,
            failed: usize::from(run.starts_with('9')),
            taken_back,
            ..PastRun::default()
        };
        let told = BTreeMap::from([
            ("web1".to_owned(), vec![past("1763900000-7", 2, true), past("999-1", 1, false)]),
            ("web2".to_owned(), vec![past("1763900000-7", 1, false)]),
        ]);
        let shown: String = by_run(told).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            "999-1  1970-01-01 00:16:39 UTC  alice@desk\n  web1: 1 change, 1 of them failed\n\
             1763900000-7  2025-11-23 12:13:20 UTC  alice@desk\n  web1: 2 changes, taken back\n  web2: 1 change\n"
        );
    }
}
