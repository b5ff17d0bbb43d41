//! The proof of an import: the inventory that was written, read as any other, gives the table that was read.

use std::collections::HashMap;

use lvs_agent::state::{ServiceKey, VirtualService};

use super::Imported;
use crate::{
    inventory::{Inventory, resolve},
    model::Cluster,
    source::Diagnostics,
    template::Engine,
};

/// Notes what would differ. A mistake is one that must be put right by hand before the inventory can be applied.
pub fn prove(imported: &mut Imported, inventory: &Inventory) -> Result<(), Diagnostics> {
    let cluster = Cluster::from_inventory(&resolve(inventory, &Engine::default())?)?;
    let made = cluster.services.iter().map(crate::model::Service::to_virtual_service);
    let made: HashMap<ServiceKey, VirtualService> = made.map(|service| (service.key, service)).collect();
    let differ: Vec<_> = imported
        .services
        .iter()
        .filter(|found| made.get(&found.service.key) != Some(&found.service))
        .map(|found| (found.line, found.service.key))
        .collect();
    for (line, key) in differ {
        imported.lost(line, format!("{key} would not be quite the same"));
    }
    Ok(())
}
