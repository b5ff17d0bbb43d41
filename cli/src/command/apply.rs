//! `lvsctl apply`.

use std::io::{self, BufRead, Write};

use lvs_agent::wire::Mode;

use super::{
    Error, list,
    roll_out::{How, RollOut, exit},
    rollback, screen,
};
use crate::{
    args::{ApplyArgs, Output, RunOptions, Scope},
    exit::Exit,
    report::{Detail, Recap, Reports},
};

/// Makes every node what the inventory says. On a terminal the plan is shown first, and asked about.
pub(super) async fn run(args: &ApplyArgs) -> Result<Exit, Error> {
    if let Some(list) = list::of(args.playbook.as_deref(), &args.options, &args.tasks)? {
        screen::print(&list)?;
        return Ok(Exit::Ok);
    }
    let reports = reports(args.diff, &args.options);
    let how = How { lock: !args.check, guard_seconds: args.guard.seconds(), is_rollback: false };
    let roll_out = RollOut::connect(args.playbook.as_deref(), &args.options, &args.tasks, how, &reports).await?;
    let name = roll_out.name().to_owned();
    let changes = Changes { check: args.check, yes: args.yes };
    let (recap, _) = carry_out(roll_out, args.options.output, changes, End::Close, &reports).await?;
    let Some(recap) = recap else { return Ok(Exit::Ok) };
    if args.rollback == Scope::Cluster && recap.mode == Mode::Apply && recap.failed() {
        rollback::of_failed(&name, &args.options, args.guard).await?;
    }
    Ok(exit(&recap))
}

/// Where an apply is told.
pub(super) fn reports(diff: bool, options: &RunOptions) -> Reports {
    Reports::of_apply(screen::form(options.output), if diff { Detail::Diff } else { Detail::Short })
}

/// How changes are made.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    pub(super) check: bool,
    pub(super) yes: bool,
}

/// What follows a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The conversations are closed.
    Close,
    /// The agent leaves the hosts that came to the end.
    Leave,
}

/// Carries a playbook out, with the question before. There is no recap where the answer was no; and it says whether the
/// agent has left every host that it was to leave.
pub(super) async fn carry_out(
    mut roll_out: RollOut,
    output: Output,
    Changes { check, yes }: Changes,
    end: End,
    reports: &Reports,
) -> Result<(Option<Recap>, bool), Error> {
    let asks = !check && !yes && output != Output::Json && screen::can_ask();
    let result = if check {
        Ok(Some(roll_out.carry_out(Mode::Check, reports).await))
    } else if asks {
        reports.clear();
        let plans = Reports::of_plan(screen::form(output));
        let plan = roll_out.carry_out(Mode::Check, &plans).await;
        plans.clear();
        match plan.changed().then(ask).transpose() {
            Ok(Some(true) | None) => Ok(Some(roll_out.carry_out(Mode::Apply, reports).await)),
            Ok(Some(false)) => Ok(None),
            Err(error) => Err(error),
        }
    } else {
        Ok(Some(roll_out.carry_out(Mode::Apply, reports).await))
    };
    let all_left = match &result {
        Ok(Some(recap)) if end == End::Leave && recap.mode == Mode::Apply => roll_out.leave(recap, reports).await,
        _ => {
            roll_out.close(reports).await;
            true
        }
    };
    let recap = result?;
    if recap.is_none() {
        screen::say("nothing was changed");
    }
    Ok((recap, all_left))
}

fn ask() -> io::Result<bool> {
    let mut err = anstream::stderr();
    write!(err, "Make these changes? [y/N] ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
