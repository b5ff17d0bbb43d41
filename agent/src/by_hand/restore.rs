//! Making the table what a file says, by difference.

use std::{collections::BTreeSet, io::Write, path::Path, time::Instant};

use super::{End, Error};
use crate::{
    converge::Converge,
    ipvs::{Director, TableChange},
    node::{Folder, Lock, LockError},
    state::IpvsTable,
    wire::{Failure, LockHolder, NODE_FOLDER},
};

/// How a table is restored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restore {
    /// Services that the file does not name go.
    pub(super) purge: bool,
    /// Seconds for which real servers that leave may finish their connections; `None` is what the file says.
    pub(super) drain: Option<u64>,
    /// Read it back. What the kernel refuses is told in any case.
    pub(super) verify: bool,
    /// Count what differs and do not list it.
    pub(super) quiet: bool,
}

/// What differs between the table and the file.
pub(super) fn diff(table: IpvsTable, purge: bool, output: &mut dyn Write) -> Result<End, Error> {
    let director = director(table, purge, None);
    let plan = director.plan(&director.query()?);
    show(&plan, output)?;
    Ok(if plan.is_empty() { End::Done } else { End::Differs })
}

impl Restore {
    /// Makes the difference go away; it is shown before.
    pub(super) fn carry_out(
        self,
        table: IpvsTable,
        output: &mut dyn Write,
        talk: &mut dyn Write,
    ) -> Result<End, Error> {
        let director = director(table, self.purge, self.drain);
        let lock = lock()?;
        let start = Instant::now();
        let plan = director.plan(&director.query()?);
        let count = plan.iter().filter(|change| change.is_shown()).count();
        if !self.quiet {
            show(&plan, output)?;
        }
        output.flush()?;
        if count > 0 {
            director.walk(plan, &mut |_, _| {})?;
        }
        if self.verify && count > 0 {
            let left: Vec<String> = director.diff(&director.query()?).iter().map(ToString::to_string).collect();
            if !left.is_empty() {
                let what = format!("it reads back different:\n{}", left.join("\n"));
                return Err(Failure::new("make the table what the file says", what).into());
            }
        }
        drop(lock);
        let plural = if count == 1 { "" } else { "s" };
        let (seconds, memory) = (start.elapsed().as_secs_f64(), peak_memory());
        writeln!(talk, "lvs-agent: {count} change{plural} made in {seconds:.3} s{memory}")?;
        Ok(End::Done)
    }
}

/// By hand nothing is known to be lvsctl's: what the file does not name stays, unless all of that is to go.
fn director(table: IpvsTable, purge: bool, drain: Option<u64>) -> Director {
    let drain_seconds = drain.unwrap_or(table.drain_seconds);
    Director { table: IpvsTable { purge: purge || table.purge, drain_seconds, ..table }, owned: BTreeSet::new() }
}

/// Writes what differs, a line each.
fn show(plan: &[TableChange], output: &mut dyn Write) -> Result<(), Error> {
    for change in plan.iter().filter(|change| change.is_shown()) {
        writeln!(output, "{change}")?;
    }
    Ok(())
}

/// Most memory that this process had so far (`VmHWM` of proc(5)), as `, with at most 12 MB of memory`.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    peak.map_or(String::new(), |kilobytes| format!(", with at most {} MB of memory", kilobytes.div_ceil(1024)))
}

/// A controller must not be at work at the same time.
fn lock() -> Result<Lock, Failure> {
    let path = Folder::open(Path::new(NODE_FOLDER))?.lock();
    let holder = LockHolder::new("lvs-agent ipvs, by hand", "by-hand");
    Lock::take(&path, &holder).map_err(|error| {
        let what = match error {
            LockError::Held(LockHolder { operator, run, .. }) => format!("held by {operator} (run {run})"),
            LockError::File(error) => error.to_string(),
        };
        Failure::new(format!("take the lock {}", path.display()), what)
    })
}
