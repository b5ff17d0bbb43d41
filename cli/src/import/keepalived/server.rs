//! A `real_server` of keepalived's.

use lvs_agent::state::{Forwarding, RealServer, ServiceKey, Weight};

use super::{
    text::Statement,
    virtual_server::{Common, method, set},
};
use crate::import::{Imported, value};

/// Reads it; its checks are noted, for lvsctl does not watch real servers.
pub(super) fn read(
    statement: &Statement,
    key: ServiceKey,
    common: &Common,
    imported: &mut Imported,
) -> Option<RealServer> {
    let address = statement.word(1).and_then(|word| word.parse().ok());
    let own = match key {
        ServiceKey::Address { port, .. } => port,
        ServiceKey::Fwmark { .. } => 0,
    };
    let port = statement.word(2).map_or(Some(own), |word| word.parse().ok());
    let (Some(address), Some(port)) = (address, port) else {
        imported.lost(statement.line, format!("`{}` is not understood", statement.text()));
        return None;
    };
    let mut server = value::server(address, port, common.forwarding);
    server.weight = common.weight.map_or(Weight::default(), Weight);
    for one in &statement.block {
        let number = one.word(1).and_then(|word| word.parse().ok());
        let understood = match one.name() {
            "weight" => set(&mut server.weight, number.and_then(|number: u32| u16::try_from(number).ok()).map(Weight)),
            "uthreshold" => set(&mut server.upper_threshold, number),
            "lthreshold" => set(&mut server.lower_threshold, number),
            "lvs_method" | "lb_kind" => set(&mut server.forwarding, method(&one.words)),
            name => {
                let text = format!("`{name}` of {}: lvsctl does not watch real servers", statement.text());
                imported.lost(one.line, text);
                true
            }
        };
        if !understood {
            imported.lost(one.line, format!("`{}` is not understood", one.text()));
        }
    }
    // keepalived, too, leaves the port of a marked packet alone; groups of marks and addresses have one nevertheless.
    if matches!(key, ServiceKey::Fwmark { .. }) && server.forwarding != Forwarding::Nat {
        server.port = 0;
    }
    Some(server)
}
