//! A plan that was kept: what was asked for, and doing exactly what it says.

use std::{
    env,
    path::{Path, PathBuf},
};

use lvs_agent::wire::Mode;

use super::{
    Error,
    prepared::{Selection, paths},
    reporting::{recorded, tell, verbosity},
    retry,
    roll_out::{How, RollOut, exit},
    screen,
};
use crate::{
    args::{ApplyArgs, PlanArgs, RunOptions, Sources, TaskOptions},
    exit::Exit,
    plan_file::{Key, PlanFile, Request},
    report::{Detail, Reports, Verbosity, count},
    run::Stop,
    source::{Code, Diagnostic, inputs},
};

/// What was asked for, as a plan keeps it.
pub(super) fn request(args: &PlanArgs, key: &Key) -> Result<Request, Error> {
    let (sources, tasks) = (&args.options.sources, &args.tasks);
    Ok(Request {
        folder: env::current_dir()?,
        playbook: args.playbook.clone(),
        inventory: paths(sources)?,
        playbook_dir: sources.playbook_dir.clone(),
        limit: args.options.limit.clone(),
        retry: tasks.start.retry.clone(),
        tags: tasks.tags.clone(),
        skip_tags: tasks.skip_tags.clone(),
        start_at_task: tasks.start.start_at_task.clone(),
        extra_vars: PlanFile::of_extra_vars(&sources.extra_vars, key),
    })
}

/// Does exactly what a plan says, or refuses: its inputs must be the same, and every node as it was found.
pub(super) async fn apply(path: &Path, args: &ApplyArgs) -> Result<Exit, Error> {
    let plan = PlanFile::read(path).map_err(|mistake| Error::BadInput(mistake.into()))?;
    let key = plan.key();
    let Request { playbook, .. } = &plan.request;
    let (options, tasks) = asked_for(&plan, args, &key)?;
    let verbosity = verbosity(&args.report);
    let selection =
        Selection { diff: args.diff, results: verbosity > Verbosity::default(), ..Selection::of(&options, &tasks)? };
    let run = RollOut::prepare(playbook.as_deref(), &options, selection)?;
    refuse_other_inputs(&plan, &key, false)?;

    let detail = if args.diff { Detail::Diff } else { Detail::Short };
    let (quiet, looked) = recorded(Reports::of_nothing());
    let stop = Stop::default();
    let reports = Reports::of_apply(screen::form(options.output), detail, verbosity);
    let how = How {
        lock: !args.check,
        guard_seconds: args.guard.seconds(),
        minds_vips: !args.no_vip_probe,
        is_rollback: false,
    };
    let mut roll_out = RollOut::connect(run, &options, how, &reports, &stop).await?;
    // The nodes are locked from here on: what is found now is what will be changed.
    let recap = roll_out.carry_out(Mode::Check, &quiet).await;
    reports.clear();
    let found = if recap.failed() || stop.is_asked() {
        Err(None)
    } else {
        let deviations = plan.deviations(&PlanFile::of_run(&looked.ended(), &key));
        let same = refuse_other_inputs(&plan, &key, true);
        if deviations.is_empty() { same.map_err(Some) } else { Err(Some(Error::Moved(deviations))) }
    };
    match found {
        Ok(()) if args.check => {
            roll_out.close(&reports).await;
            let changes = count(plan.count(), "change");
            screen::print(&format!("the plan still holds: {changes} on {}\n", count(plan.hosts.len(), "host")))?;
            Ok(if plan.hosts.is_empty() { Exit::Ok } else { Exit::Pending })
        }
        Ok(()) => {
            let (reports, record) = recorded(reports);
            let recap = roll_out.carry_out(Mode::Apply, &reports).await;
            roll_out.close(&reports).await;
            retry::write(&recap, playbook.as_deref(), &options.sources.inventory);
            tell(&args.report, options.output, &reports, &record, &recap)?;
            Ok(exit(&recap))
        }
        Err(error) => {
            roll_out.close(&reports).await;
            if let Some(error) = error {
                return Err(error);
            }
            for ended in looked.ended() {
                if let Some(failure) = &ended.end.failure {
                    screen::tell_failure(&ended.end.host, failure);
                }
            }
            screen::say("nothing was changed: not every host could be looked at");
            Ok(if stop.is_asked() { Exit::Interrupted } else { Exit::Failed })
        }
    }
}

/// What the plan was asked with; of the command line only what is no part of it.
fn asked_for(plan: &PlanFile, args: &ApplyArgs, key: &Key) -> Result<(RunOptions, TaskOptions), Error> {
    let wrong = |what: String, hint: &str| Error::CommandLine { what, hint: hint.to_owned() };
    let sources = &args.options.sources;
    let given = [
        ("--inventory", !sources.inventory.is_empty()),
        ("--playbook-dir", sources.playbook_dir.is_some()),
        ("--limit", args.options.limit.is_some()),
        ("--tags", !args.tasks.tags.is_empty()),
        ("--skip-tags", !args.tasks.skip_tags.is_empty()),
        ("--start-at-task", args.tasks.start.start_at_task.is_some()),
        ("--retry", args.tasks.start.retry.is_some()),
        ("--step", args.step),
    ];
    if let Some((option, _)) = given.iter().find(|(_, is_given)| *is_given) {
        let what = format!("`{option}` does not go with a plan, which says what is done and where");
        return Err(wrong(what, "make a plan with it: `lvsctl plan --out FILE`"));
    }
    let Request { folder, inventory, playbook_dir, limit, retry, tags, skip_tags, start_at_task, extra_vars, .. } =
        plan.request.clone();
    if plan.lvsctl != env!("CARGO_PKG_VERSION") {
        let title = format!("the plan was made by lvsctl {}", plan.lvsctl.chars().take(20).collect::<String>());
        let mistake = Diagnostic::without_place(Code::PlanOutdated, title);
        return Err(Error::BadInput(mistake.hint("make a new plan: `lvsctl plan --out FILE`").into()));
    }
    if env::current_dir()? != folder {
        let title = format!("the plan was made in the folder {}", folder.display());
        let mistake = Diagnostic::without_place(Code::PlanOutdated, title);
        return Err(Error::BadInput(mistake.hint("go there, or make a new plan here").into()));
    }
    if PlanFile::of_extra_vars(&sources.extra_vars, key) != extra_vars {
        let title = "the plan was made with other variables of the command line".to_owned();
        let mistake = Diagnostic::without_place(Code::PlanOutdated, title);
        let hint = "give the same `-e` in the same order: they are not in the plan, since they may be secrets";
        return Err(Error::BadInput(mistake.hint(hint).into()));
    }
    let sources = Sources { inventory, playbook_dir, ..sources.clone() };
    let options = RunOptions { sources, limit, ..args.options.clone() };
    let start = crate::args::StartOptions { start_at_task, retry };
    Ok((options, TaskOptions { tags, skip_tags, start, ..TaskOptions::default() }))
}

fn refuse_other_inputs(plan: &PlanFile, key: &Key, all: bool) -> Result<(), Error> {
    match plan.other_inputs(&PlanFile::of_inputs(&inputs(), key), all) {
        None => Ok(()),
        Some(mistake) => Err(Error::BadInput(mistake.into())),
    }
}

/// The file of a plan, where one is named and no playbook.
pub(super) fn named(playbook: Option<&PathBuf>) -> Option<&Path> {
    playbook.map(PathBuf::as_path).filter(|path| crate::plan_file::looks_like_one(path))
}
