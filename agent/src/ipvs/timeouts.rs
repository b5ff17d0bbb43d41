//! How long the kernel keeps idle connections (`IPVS_CMD_SET_CONFIG` and `IPVS_CMD_GET_CONFIG` in `linux/ip_vs.h`).

use super::constants::{IPVS_CMD_ATTR_TIMEOUT_TCP, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, IPVS_CMD_ATTR_TIMEOUT_UDP};
use crate::{
    netlink::{Attributes, Malformed, Writer},
    state::Timeouts,
};

/// Writes the attributes of those that are named; the kernel leaves the others as they are.
pub(super) fn encode(timeouts: &Timeouts, writer: &mut Writer) {
    for (kind, seconds) in [
        (IPVS_CMD_ATTR_TIMEOUT_TCP, timeouts.tcp),
        (IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, timeouts.tcp_fin),
        (IPVS_CMD_ATTR_TIMEOUT_UDP, timeouts.udp),
    ] {
        if let Some(seconds) = seconds {
            writer.u32(kind, seconds);
        }
    }
}

/// Reads the answer to `IPVS_CMD_GET_CONFIG`.
pub(super) fn decode(attributes: Attributes<'_>) -> Result<Timeouts, Malformed> {
    let mut timeouts = Timeouts::default();
    for attribute in attributes {
        let attribute = attribute?;
        match attribute.kind {
            IPVS_CMD_ATTR_TIMEOUT_TCP => timeouts.tcp = Some(attribute.u32()?),
            IPVS_CMD_ATTR_TIMEOUT_TCP_FIN => timeouts.tcp_fin = Some(attribute.u32()?),
            IPVS_CMD_ATTR_TIMEOUT_UDP => timeouts.udp = Some(attribute.u32()?),
            _ => {}
        }
    }
    Ok(timeouts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ipvs::model::any_timeouts;

    proptest! {
        #[test]
        fn what_was_written_is_read(timeouts in any_timeouts()) {
            let mut writer = Writer::default();
            encode(&timeouts, &mut writer);
            prop_assert_eq!(decode(Attributes::new(writer.bytes())), Ok(timeouts));
        }
    }
}
