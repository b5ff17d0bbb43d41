//! `lvsctl rollback`, and `lvsctl apply --rollback cluster`.

use std::fmt::Write;

use super::{
    Error,
    apply::{CarriedOut, Changes, carry_out, nothing, reports},
    history::{self, ClusterRun},
    prepared::{Prepared, Selection},
    roll_out::{How, RollOut, exit},
    screen,
};
use crate::{
    args::{ChangeOptions, GuardOptions, ReportOptions, RollbackArgs, RunOptions, TaskOptions},
    exit::Exit,
    playbook::{Library, Playbook},
    run::Stop,
    source::{Code, Diagnostic, Diagnostics, Source, did_you_mean},
};

/// Takes back what the last run did on every node, or all runs after one.
pub(super) async fn run(args: &RollbackArgs) -> Result<Exit, Error> {
    let prepared = Prepared::load(&args.options.sources)?;
    let (runs, failed) = history::ask(&prepared, &args.options).await?;
    if failed {
        screen::say(
            "nothing was taken back: a run is taken back on all its nodes, or with --limit on those that are named",
        );
        return Ok(Exit::Failed);
    }
    let chosen = chosen(&runs, args.to.as_deref()).map_err(Diagnostics::from)?;
    if chosen.is_empty() {
        screen::say("there is no run to take back");
        return Ok(Exit::Ok);
    }
    take_back(prepared, &chosen, &args.options, &args.changes).await
}

/// Takes back, on every node, a run that failed on one of them.
pub(super) async fn of_failed(run: &str, options: &RunOptions, guard: GuardOptions) -> Result<(), Error> {
    screen::say(&format!("the run {run} failed: it is taken back on every node"));
    let prepared = Prepared::load(&options.sources)?;
    let report = ReportOptions::default();
    let changes = ChangeOptions { yes: true, check: false, diff: false, guard, report };
    let exit = take_back(prepared, &[run], options, &changes).await?;
    screen::say(match exit {
        Exit::Ok => "the cluster is as it was before this run",
        _ => "not everything could be taken back: see above, and `lvsctl history`",
    });
    Ok(())
}

async fn take_back(
    prepared: Prepared,
    runs: &[&str],
    options: &RunOptions,
    changes: &ChangeOptions,
) -> Result<Exit, Error> {
    let ChangeOptions { yes, check, diff, guard, report } = changes;
    let (library, tasks, stop) = (Library::of_user(), TaskOptions::default(), Stop::default());
    let source = Source::new("<lvsctl>/rollback.yml", playbook(runs));
    let playbook = Playbook::read(&library, &source)?;
    let selection = Selection { diff: *diff, ..Selection::of(options, &tasks)? };
    let run = prepared.into_run_of(playbook, library, selection)?;
    let reports = reports(*diff, options, report);
    let how = How { lock: !check, guard_seconds: guard.seconds(), minds_vips: false, is_rollback: true };
    let mut roll_out = RollOut::connect(run, options, how, &reports, &stop).await?;
    let result =
        carry_out(&mut roll_out, options, report, Changes { check: *check, yes: *yes }, reports.clone(), &stop).await;
    roll_out.close(&reports).await;
    let Some(CarriedOut { recap, told }) = result? else { return Ok(nothing(&stop)) };
    told?;
    Ok(exit(&recap))
}

/// The runs to take back, the newest first. Pure.
fn chosen<'a>(runs: &'a [ClusterRun], to: Option<&str>) -> Result<Vec<&'a str>, Diagnostic> {
    let stands = |run: &&ClusterRun| !run.taken_back && !run.is_rollback() && !run.is_boot();
    let names = |runs: &'a [ClusterRun]| runs.iter().rev().filter(stands).map(|run| run.run.as_str());
    let Some(to) = to else { return Ok(names(runs).take(1).collect()) };
    if let Some(place) = runs.iter().position(|run| run.run == to) {
        return Ok(names(&runs[place + 1..]).collect());
    }
    let title = format!("no node remembers a run `{to}`");
    let hint = match did_you_mean(to, runs.iter().map(|run| run.run.as_str())) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "see `lvsctl history`".to_owned(),
    };
    Err(Diagnostic::without_place(Code::BadPattern, title).hint(hint))
}

/// The reverse of a roll-out, for each run: what real servers lost comes back first, then the directors, and then what real
/// servers were given goes.
fn playbook(runs: &[&str]) -> String {
    let parts = [
        ("all:!lvs_directors", "leaving", "What came last"),
        ("lvs_directors", "all", "Directors"),
        ("all:!lvs_directors", "made", "What came first"),
    ];
    let mut text = String::new();
    for run in runs {
        for (hosts, part, name) in parts {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "- name: {name} ({run})\n  hosts: \"{hosts}\"\n  strategy: free\n  gather_facts: false\n  become: true\n  tasks:\n    \
                 - name: The run {run}\n      lvs_revert: {{ run: \"{run}\", part: {part} }}\n"
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, taken_back: bool) -> ClusterRun {
        ClusterRun {
            run: name.to_owned(),
            operator: String::new(),
            taken_back,
            hosts: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn the_last_run_that_stands_is_taken_back_or_all_since_one() {
        let runs = [run("1-a", false), run("2-a", false), run("3-a", true), run("4-a", false), run("5-a.back", false)];
        assert_eq!(chosen(&runs, None).unwrap(), ["4-a"]);
        assert_eq!(chosen(&runs, Some("1-a")).unwrap(), ["4-a", "2-a"]);
        assert_eq!(chosen(&runs, Some("5-a.back")).unwrap(), Vec::<&str>::new());
        assert!(chosen(&runs, Some("9")).is_err());
    }

    #[test]
    fn what_is_taken_back_is_a_playbook_without_mistakes() {
        let library = Library::new(Vec::new());
        let playbook = Playbook::read(&library, &Source::new("rollback.yml", playbook(&["2-a", "1-a.b_c"]))).unwrap();
        assert_eq!(playbook.tasks().count(), 6);
    }
}
