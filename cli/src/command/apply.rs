//! `lvsctl apply`.

use lvs_agent::wire::Mode;

use super::{
    Error, kept, list,
    prepared::{Selection, paths},
    question,
    reporting::{recorded, tell, verbosity},
    retry,
    roll_out::{RollOut, exit},
    screen,
};
use crate::{
    args::{ApplyArgs, Output},
    exit::Exit,
    report::{Detail, Recap, Reports, Verbosity},
    run::Stop,
};

/// Makes every node what the inventory says. On a terminal the plan is shown first, and asked about.
pub(super) async fn run(args: &ApplyArgs) -> Result<Exit, Error> {
    if let Some(plan) = kept::named(args.playbook.as_ref()) {
        return kept::apply(plan, args).await;
    }
    let (playbook, options) = (args.playbook.as_deref(), &args.options);
    if let Some(list) = list::of(playbook, options, &args.tasks)? {
        screen::print(&list)?;
        return Ok(Exit::Ok);
    }
    let detail = if args.diff { Detail::Diff } else { Detail::Short };
    let verbosity = verbosity(&args.report);
    let reports = Reports::of_apply(screen::form(options.output), detail, verbosity);
    let stop = Stop::default();
    let selection = Selection {
        diff: args.diff,
        results: verbosity > Verbosity::default(),
        step: args.step.then(|| question::step(&stop, &reports)).transpose()?,
        ..Selection::new(options.limit.as_deref(), &args.tasks)
    };
    let run = RollOut::prepare(playbook, options, selection)?;
    let mut roll_out = RollOut::connect(run, options, !args.check, &reports, &stop).await?;
    let result = carry_out(args, &mut roll_out, reports.clone(), &stop).await;
    roll_out.close(&reports).await;
    let Some(recap) = result? else {
        screen::say("nothing was changed");
        return Ok(if stop.is_asked() { Exit::Interrupted } else { Exit::Ok });
    };
    if !args.check {
        retry::write(&recap, playbook, &paths(&options.sources)?);
    }
    Ok(exit(&recap))
}

/// `None` where the changes were not wanted.
async fn carry_out(
    args: &ApplyArgs,
    roll_out: &mut RollOut,
    reports: Reports,
    stop: &Stop,
) -> Result<Option<Recap>, Error> {
    let output = args.options.output;
    // Who is asked before each task sees each before it is done.
    let asks = !args.check && !args.yes && !args.step && output != Output::Json && screen::can_ask();
    if asks {
        reports.clear();
        let plans = Reports::of_plan(screen::form(output), verbosity(&args.report));
        let plan = roll_out.carry_out(Mode::Check, &plans).await;
        plans.clear();
        if stop.is_asked() || plan.changed() && question::make_changes(stop).await? != Some(true) {
            return Ok(None);
        }
    }
    let mode = if args.check { Mode::Check } else { Mode::Apply };
    let (reports, record) = recorded(reports);
    let recap = roll_out.carry_out(mode, &reports).await;
    tell(&args.report, &record, &recap)?;
    Ok(Some(recap))
}
