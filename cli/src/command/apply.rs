//! `lvsctl apply`.

use std::io::{self, BufRead, Write};

use lvs_agent::wire::Mode;

use super::{
    Error, list,
    roll_out::{RollOut, exit},
    screen,
};
use crate::{
    args::{ApplyArgs, Output},
    exit::Exit,
    report::{Detail, Reports},
};

/// Makes every node what the inventory says. On a terminal the plan is shown first, and asked about.
pub(super) async fn run(args: &ApplyArgs) -> Result<Exit, Error> {
    if let Some(list) = list::of(args.playbook.as_deref(), &args.options, &args.tasks)? {
        screen::print(&list)?;
        return Ok(Exit::Ok);
    }
    let detail = if args.diff { Detail::Diff } else { Detail::Short };
    let output = args.options.output;
    let reports = Reports::of_apply(screen::form(output), detail);
    let playbook = args.playbook.as_deref();
    let mut roll_out = RollOut::connect(playbook, &args.options, &args.tasks, !args.check, &reports).await?;
    let asks = !args.check && !args.yes && output != Output::Json && screen::can_ask();
    let result = if args.check {
        Ok(Some(roll_out.carry_out(Mode::Check, &reports).await))
    } else if asks {
        reports.clear();
        let plans = Reports::of_plan(screen::form(output));
        let plan = roll_out.carry_out(Mode::Check, &plans).await;
        plans.clear();
        match plan.changed().then(ask).transpose() {
            Ok(Some(true) | None) => Ok(Some(roll_out.carry_out(Mode::Apply, &reports).await)),
            Ok(Some(false)) => Ok(None),
            Err(error) => Err(error),
        }
    } else {
        Ok(Some(roll_out.carry_out(Mode::Apply, &reports).await))
    };
    roll_out.close(&reports).await;
    let Some(recap) = result? else {
        screen::say("nothing was changed");
        return Ok(Exit::Ok);
    };
    Ok(exit(&recap))
}

fn ask() -> io::Result<bool> {
    let mut err = anstream::stderr();
    write!(err, "Make these changes? [y/N] ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
