//! `lvsctl plan`.

use std::time::SystemTime;

use lvs_agent::wire::Mode;

use super::{
    Error, identity, kept, list,
    prepared::Selection,
    reporting::{recorded, tell, verbosity},
    roll_out::{How, RollOut, exit},
    screen,
};
use crate::{
    args::PlanArgs,
    exit::Exit,
    plan_file::{Key, PlanFile, VERSION},
    report::{Recap, Record, Reports, Verbosity, count},
    run::Stop,
    source::inputs,
};

/// Shows what `apply` would change.
pub(super) async fn run(args: &PlanArgs) -> Result<Exit, Error> {
    let (playbook, options) = (args.playbook.as_deref(), &args.options);
    if let Some(list) = list::of(playbook, options, &args.tasks)? {
        screen::print(&list)?;
        return Ok(Exit::Ok);
    }
    let verbosity = verbosity(&args.report);
    let (reports, record) = recorded(Reports::of_plan(screen::form(options.output), verbosity));
    let stop = Stop::default();
    let selection = Selection { results: verbosity > Verbosity::default(), ..Selection::of(options, &args.tasks)? };
    let run = RollOut::prepare(playbook, options, selection)?;
    let mut roll_out = RollOut::connect(run, options, How::default(), &reports, &stop).await?;
    let recap = roll_out.carry_out(Mode::Check, &reports).await;
    roll_out.close(&reports).await;
    tell(&args.report, options.output, &reports, &record, &recap)?;
    let exit = exit(&recap);
    if let Some(path) = &args.out {
        keep(args, path, &record, &recap)?;
    }
    Ok(match exit {
        Exit::Ok if recap.changed() => Exit::Pending,
        exit => exit,
    })
}

/// Keeps the plan; one with a hole in it is none.
fn keep(args: &PlanArgs, path: &std::path::Path, record: &Record, recap: &Recap) -> Result<(), Error> {
    if recap.failed() || recap.stopped {
        screen::say(&format!("{} was not written: not every host could be looked at", path.display()));
        return Ok(());
    }
    let write = |source| Error::Write { path: path.to_owned(), source };
    let key = Key::new().map_err(write)?;
    let plan = PlanFile {
        lvsctl_plan: VERSION,
        lvsctl: env!("CARGO_PKG_VERSION").to_owned(),
        by: identity::purpose(false).operator,
        made: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs(),
        request: kept::request(args, &key)?,
        inputs: PlanFile::of_inputs(&inputs(), &key),
        hosts: PlanFile::of_run(&record.ended(), &key),
        key: key.into(),
    };
    plan.write(path).map_err(write)?;
    let changes = count(plan.count(), "change");
    screen::say(&format!("{changes} kept: `lvsctl apply {}` does exactly that", path.display()));
    Ok(())
}
