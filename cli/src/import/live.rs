//! The table of a running director.

use lvs_agent::wire::{LiveService, LiveTable};

use super::{Found, Imported};

/// Takes the table as the kernel has it.
pub(super) fn read(table: &LiveTable) -> Imported {
    let timeouts = Some(table.timeouts).filter(|timeouts| !timeouts.is_empty());
    let mut imported = Imported {
        services: table.services.iter().map(service).collect(),
        timeouts,
        sync: table.sync.clone(),
        ..Imported::default()
    };
    for unknown in &table.unknown {
        imported.lost(None, unknown);
    }
    imported
}

fn service(live: &LiveService) -> Found {
    let mut service = live.service.clone();
    service.real_servers = live.real_servers.iter().map(|live| live.server.clone()).collect();
    Found { service, line: None }
}
