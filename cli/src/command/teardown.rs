//! `lvsctl teardown`.

use std::path::Path;

use super::{
    Error,
    apply::{Changes, End, carry_out, reports},
    roll_out::{How, RollOut, exit},
};
use crate::{
    args::{TaskOptions, TeardownArgs},
    exit::Exit,
};

/// The shipped playbook, or the user's own of that name.
const PLAYBOOK: &str = "teardown.yml";

/// Takes back everything that lvsctl made on the hosts, and then leaves them.
pub(super) async fn run(args: &TeardownArgs) -> Result<Exit, Error> {
    let reports = reports(args.diff, &args.options);
    let how = How { lock: !args.check, guard_seconds: args.guard.seconds(), is_rollback: false };
    let playbook = Some(Path::new(PLAYBOOK));
    let roll_out = RollOut::connect(playbook, &args.options, &TaskOptions::default(), how, &reports).await?;
    let changes = Changes { check: args.check, yes: args.yes };
    let (recap, all_left) = carry_out(roll_out, args.options.output, changes, End::Leave, &reports).await?;
    Ok(match recap.as_ref().map_or(Exit::Ok, exit) {
        Exit::Ok if !all_left => Exit::Failed,
        exit => exit,
    })
}
