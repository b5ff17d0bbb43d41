//! Connections by the directors' own counters, for services whose answers do not say who gave them.

use std::collections::BTreeMap;

use lvs_agent::wire::{Answer, Lookup};

use super::Error;
use crate::{model::Service, session::Fleet};

/// Connections that the directors have scheduled to each real server of a service, ever. Directors without a session
/// are passed over.
pub(super) async fn read(service: &Service, fleet: &mut Fleet) -> Result<BTreeMap<String, u64>, Error> {
    let mut connections = BTreeMap::new();
    for director in &service.directors {
        let Some(session) = fleet.get(director) else { continue };
        let answer = session.lookup(Lookup::Ipvs).await;
        let answer = answer.map_err(|source| Error::new(director, "read its IPVS table", source))?;
        let Answer::Ipvs(table) = answer else { return Err(Error::not_an_answer(director)) };
        let live = table.services.iter().filter(|live| live.service.key == service.key);
        for server in live.flat_map(|live| &live.real_servers) {
            let is_it = |member: &&crate::model::ServiceMember| {
                (member.address, member.port) == (server.server.address, server.server.port)
            };
            if let Some(member) = service.real_servers.iter().find(is_it) {
                *connections.entry(member.host.clone()).or_default() += server.stats.traffic.connections;
            }
        }
    }
    Ok(connections)
}
