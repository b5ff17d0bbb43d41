//! keepalived.conf(5): its virtual servers. What it watches, and how it moves addresses, has no counterpart here.

mod server;
mod text;
mod virtual_server;

use std::collections::{BTreeMap, BTreeSet};

use lvs_agent::state::Timeouts;
use text::Statement;

use super::Imported;

/// Most services, real servers and statements about them that the groups of a file may stand for.
const MOST: usize = 1_000_000;

/// Groups of virtual servers by name.
type Groups<'a> = BTreeMap<&'a str, &'a Statement>;

/// Reads the text.
pub(super) fn read(text: &str) -> Imported {
    let mut imported = Imported::default();
    let (statements, unmatched) = text::read(text);
    for line in unmatched {
        imported.lost(line, "braces that do not match, or blocks that are nested too deep");
    }
    let group = |statement: &'_ Statement| statement.name() == "virtual_server_group";
    let groups: Groups =
        statements.iter().filter(|one| group(one)).filter_map(|one| Some((one.word(1)?, one))).collect();
    let (mut used, mut room) = (BTreeSet::new(), MOST);
    for statement in &statements {
        match statement.name() {
            "virtual_server_group" => {}
            "virtual_server" => used.extend(virtual_server::read(statement, &groups, &mut room, &mut imported)),
            "global_defs" => global(statement, &mut imported),
            "include" => imported.lost(statement.line, format!("`{}`: import that file by itself", statement.text())),
            _ => imported.lost(statement.line, format!("`{}` has no counterpart", statement.text())),
        }
    }
    for (name, group) in groups.iter().filter(|(name, _)| !used.contains(*name)) {
        imported.lost(group.line, format!("no virtual server is of the group {name}"));
    }
    imported
}

fn global(statement: &Statement, imported: &mut Imported) {
    for one in &statement.block {
        if one.name() != "lvs_timeouts" {
            imported.lost(one.line, format!("`{}` of global_defs has no counterpart", one.text()));
            continue;
        }
        let mut timeouts = imported.timeouts.unwrap_or_default();
        if !one.words[1..].chunks(2).all(|pair| set(&mut timeouts, pair)) {
            imported.lost(one.line, format!("`{}` is not understood", one.text()));
        }
        imported.timeouts = Some(timeouts).filter(|timeouts| !timeouts.is_empty());
    }
}

fn set(timeouts: &mut Timeouts, pair: &[String]) -> bool {
    let [name, seconds] = pair else { return false };
    let seconds: Option<u32> = seconds.parse().ok().filter(|seconds| *seconds > 0);
    match name.as_str() {
        "tcp" => timeouts.tcp = seconds,
        "tcpfin" => timeouts.tcp_fin = seconds,
        "udp" => timeouts.udp = seconds,
        _ => return false,
    }
    seconds.is_some()
}

#[cfg(test)]
mod tests;
