//! `lvsctl apply`.

use lvs_agent::wire::Mode;

use super::{
    Error, kept, list,
    prepared::{Selection, paths},
    question,
    reporting::{recorded, tell, verbosity},
    retry,
    roll_out::{How, RollOut, exit},
    rollback, screen,
};
use crate::{
    args::{ApplyArgs, Output, ReportOptions, RunOptions, Scope},
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
    let verbosity = verbosity(&args.report);
    let reports = reports(args.diff, options, &args.report);
    let stop = Stop::default();
    let selection = Selection {
        diff: args.diff,
        results: verbosity > Verbosity::default(),
        step: args.step.then(|| question::step(&stop, &reports)).transpose()?,
        ..Selection::of(options, &args.tasks)?
    };
    let run = RollOut::prepare(playbook, options, selection)?;
    let how = How {
        lock: !args.check,
        guard_seconds: args.guard.seconds(),
        minds_vips: !args.no_vip_probe,
        is_rollback: false,
    };
    let mut roll_out = RollOut::connect(run, options, how, &reports, &stop).await?;
    let name = roll_out.name().to_owned();
    // Who is asked before each task sees each before it is done.
    let changes = Changes { check: args.check, yes: args.yes || args.step };
    let result = carry_out(&mut roll_out, options, &args.report, changes, reports.clone(), &stop).await;
    roll_out.close(&reports).await;
    let Some(CarriedOut { recap, told }) = result? else { return Ok(nothing(&stop)) };
    if !args.check {
        retry::write(&recap, playbook, &paths(&options.sources)?);
    }
    if args.rollback == Scope::Cluster && !args.check && recap.failed() {
        rollback::of_failed(&name, options, args.guard).await?;
    }
    told?;
    Ok(exit(&recap))
}

/// Where an apply is told.
pub(super) fn reports(diff: bool, options: &RunOptions, report: &ReportOptions) -> Reports {
    let detail = if diff { Detail::Diff } else { Detail::Short };
    Reports::of_apply(screen::form(options.output), detail, verbosity(report))
}

/// The answer to the question was no.
pub(super) fn nothing(stop: &Stop) -> Exit {
    screen::say("nothing was changed");
    if stop.is_asked() { Exit::Interrupted } else { Exit::Ok }
}

/// How changes are made.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub(super) check: bool,
    pub(super) yes: bool,
}

/// What came of a playbook that was carried out.
pub(super) struct CarriedOut {
    pub(super) recap: Recap,
    /// Whether everybody was told who was to be; what is left to do on nodes does not depend on it.
    pub(super) told: Result<(), Error>,
}

/// Carries a playbook out, with the question before; `None` where the changes were not wanted.
pub(super) async fn carry_out(
    roll_out: &mut RollOut,
    options: &RunOptions,
    report: &ReportOptions,
    Changes { check, yes }: Changes,
    reports: Reports,
    stop: &Stop,
) -> Result<Option<CarriedOut>, Error> {
    let output = options.output;
    let asks = !check && !yes && matches!(output, Output::Auto | Output::Plain) && screen::can_ask();
    if asks {
        reports.clear();
        let plans = Reports::of_plan(screen::form(output), verbosity(report));
        let plan = roll_out.carry_out(Mode::Check, &plans).await;
        plans.clear();
        if stop.is_asked() || plan.changed() && question::make_changes(stop).await? != Some(true) {
            return Ok(None);
        }
    }
    let mode = if check { Mode::Check } else { Mode::Apply };
    let (reports, record) = recorded(reports);
    let recap = roll_out.carry_out(mode, &reports).await;
    let told = tell(report, output, &reports, &record, &recap);
    Ok(Some(CarriedOut { recap, told }))
}
