//! `lvsctl teardown`.

use std::path::Path;

use super::{
    Error,
    apply::{CarriedOut, Changes, carry_out, nothing, reports},
    prepared::Selection,
    roll_out::{How, RollOut, exit},
};
use crate::{
    args::{ChangeOptions, TaskOptions, TeardownArgs},
    exit::Exit,
    run::Stop,
};

/// The shipped playbook, or the user's own of that name.
const PLAYBOOK: &str = "teardown.yml";

/// Takes back everything that lvsctl made on the hosts, and then leaves them.
pub(super) async fn run(args: &TeardownArgs) -> Result<Exit, Error> {
    let ChangeOptions { yes, check, diff, guard, report } = &args.changes;
    let (options, tasks, stop) = (&args.options, TaskOptions::default(), Stop::default());
    let reports = reports(*diff, options, report);
    let selection = Selection { diff: *diff, ..Selection::of(options, &tasks)? };
    let run = RollOut::prepare(Some(Path::new(PLAYBOOK)), options, selection)?;
    let how = How { lock: !check, guard_seconds: guard.seconds(), minds_vips: false, is_rollback: false };
    let mut roll_out = RollOut::connect(run, options, how, &reports, &stop).await?;
    let changes = Changes { check: *check, yes: *yes };
    let result = carry_out(&mut roll_out, options, report, changes, reports.clone(), &stop).await;
    let all_left = match &result {
        Ok(Some(CarriedOut { recap, .. })) if !check => roll_out.leave(recap, &reports).await,
        _ => {
            roll_out.close(&reports).await;
            true
        }
    };
    let Some(CarriedOut { recap, told }) = result? else { return Ok(nothing(&stop)) };
    told?;
    Ok(match exit(&recap) {
        Exit::Ok if !all_left => Exit::Failed,
        exit => exit,
    })
}
