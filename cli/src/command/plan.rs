//! `lvsctl plan`.

use lvs_agent::wire::Mode;

use super::{
    Error, list,
    roll_out::{RollOut, exit},
    screen,
};
use crate::{args::PlanArgs, exit::Exit, report::Reports};

/// Shows what `apply` would change.
pub(super) async fn run(args: &PlanArgs) -> Result<Exit, Error> {
    if let Some(list) = list::of(args.playbook.as_deref(), &args.options, &args.tasks)? {
        screen::print(&list)?;
        return Ok(Exit::Ok);
    }
    let reports = Reports::of_plan(screen::form(args.options.output));
    let mut roll_out = RollOut::connect(args.playbook.as_deref(), &args.options, &args.tasks, false, &reports).await?;
    let recap = roll_out.carry_out(Mode::Check, &reports).await;
    roll_out.close(&reports).await;
    Ok(match exit(&recap) {
        Exit::Ok if recap.changed() => Exit::Pending,
        exit => exit,
    })
}
