//! Before a director is given its table: hosts that may not be ready are kept out of it.

use lvs_agent::{
    state::{IpvsTable, Resource},
    wire::{Answer, Failure, Lookup},
};

use super::{
    Connection, Verifier,
    actor::Actor,
    delivery::gone,
    prepare::{Prepared, Work},
};
use crate::module;

impl<C: Connection, V: Verifier<C>> Actor<C, V> {
    /// Keeps a director's table from sending to hosts that may not be ready.
    pub(super) async fn guard(&mut self, prepared: &mut [Prepared], target: &str) -> Result<(), Failure> {
        for task in prepared {
            let Work::Make(all) = &mut task.work else { continue };
            let mut tables = Vec::new();
            for wanted in all.iter_mut() {
                if let Resource::Ipvs(table) = &mut wanted.resource
                    && self.stage.readiness.concerns(table)
                {
                    *table = self.guarded(table, target).await?;
                    tables.push(table.clone());
                }
            }
            // A boot must not send to them either.
            for table in tables {
                module::follow(all, &table);
            }
        }
        Ok(())
    }

    async fn guarded(&self, table: &IpvsTable, target: &str) -> Result<IpvsTable, Failure> {
        let Some(member) = self.stage.crew.member(target) else { return Err(gone()) };
        let mut line = member.lock().await;
        let Some(connection) = &mut line.connection else { return Err(gone()) };
        let keys = table.services.iter().map(|service| service.key).collect();
        let present = match connection.lookup(Lookup::Services(keys)).await {
            Ok(Ok(Answer::Services(services))) => services,
            // Without IPVS in its kernel there is nothing that it sends to.
            Ok(_) => Vec::new(),
            Err(failure) => {
                line.connection = None;
                return Err(failure);
            }
        };
        let (guarded, notes) = self.stage.readiness.guard(table, &present);
        for note in notes {
            self.stage.reports.note(Some(target), note);
        }
        Ok(guarded)
    }
}
