//! `lvsctl check`.

use super::{
    Error,
    prepared::{Prepared, Selection},
    screen,
};
use crate::{
    args::{CheckArgs, TaskOptions},
    exit::Exit,
    report::count,
};

/// Checks inventory, playbooks and templates. Contacts no node.
pub(super) fn run(args: &CheckArgs) -> Result<Exit, Error> {
    let prepared = Prepared::load(&args.sources.beside(args.playbook.as_deref()))?;
    let (hosts, services) = (prepared.inventory().hosts.len(), prepared.cluster().services.len());
    let run = prepared.into_run(args.playbook.as_deref(), Selection::new(None, &TaskOptions::default()))?;
    screen::print(&format!(
        "ok: {}, {}; the playbook concerns {}\n",
        count(hosts, "host"),
        count(services, "virtual service"),
        count(run.hosts().len(), "host")
    ))?;
    Ok(Exit::Ok)
}
