//! A copy of a file beside it, as Ansible's `backup: true` leaves one. lvsctl's own, which undo reads, is elsewhere.

use std::time::SystemTime;

use crate::{
    clock::timestamp,
    node::{Attributes, Node, replace},
    wire::Failure,
};

/// Leaves `NAME.PID.YYYY-MM-DD@HH:MM:SS~` and returns that name as `backup_file`.
pub(in crate::converge) fn back_up_beside(
    node: &Node,
    name: &str,
    content: &[u8],
    attributes: Attributes,
) -> Result<(), Failure> {
    let now = timestamp(SystemTime::now()).replace(' ', "@");
    let seconds = now.split('.').next().unwrap_or_default();
    let backup = format!("{name}.{}.{seconds}~", std::process::id());
    replace(&node.root.resolve(&backup)?, content, attributes)
        .map_err(|error| Failure::new(format!("back up {name} as {backup}"), error))?;
    node.return_value("backup_file", backup);
    Ok(())
}
