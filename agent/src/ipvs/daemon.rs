//! Sync daemons as the kernel has them (`IPVS_CMD_ATTR_DAEMON` in `linux/ip_vs.h`).

use std::net::IpAddr;

use super::constants::{
    IP_VS_STATE_BACKUP, IP_VS_STATE_MASTER, IPVS_CMD_ATTR_DAEMON, IPVS_DAEMON_ATTR_MCAST_GROUP,
    IPVS_DAEMON_ATTR_MCAST_GROUP6, IPVS_DAEMON_ATTR_MCAST_IFN, IPVS_DAEMON_ATTR_MCAST_PORT, IPVS_DAEMON_ATTR_MCAST_TTL,
    IPVS_DAEMON_ATTR_STATE, IPVS_DAEMON_ATTR_SYNC_ID, IPVS_DAEMON_ATTR_SYNC_MAXLEN,
};
use crate::{
    netlink::{Attributes, Malformed, Writer},
    state::{SyncDaemon, SyncRole},
};

const fn state(role: SyncRole) -> u32 {
    match role {
        SyncRole::Master => IP_VS_STATE_MASTER,
        SyncRole::Backup => IP_VS_STATE_BACKUP,
    }
}

/// Writes the attribute that starts a daemon.
pub(super) fn encode(daemon: &SyncDaemon, writer: &mut Writer) {
    writer.nest(IPVS_CMD_ATTR_DAEMON, |writer| {
        writer.u32(IPVS_DAEMON_ATTR_STATE, state(daemon.role));
        writer.text(IPVS_DAEMON_ATTR_MCAST_IFN, &daemon.interface);
        writer.u32(IPVS_DAEMON_ATTR_SYNC_ID, daemon.sync_id.into());
        if let Some(length) = daemon.max_len {
            writer.u16(IPVS_DAEMON_ATTR_SYNC_MAXLEN, length);
        }
        match daemon.group {
            IpAddr::V4(group) => writer.attribute(IPVS_DAEMON_ATTR_MCAST_GROUP, &group.octets()),
            IpAddr::V6(group) => writer.attribute(IPVS_DAEMON_ATTR_MCAST_GROUP6, &group.octets()),
        }
        writer.u16(IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port);
        writer.u8(IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl);
    });
}

/// Writes the attribute that stops a daemon.
pub(super) fn encode_role(role: SyncRole, writer: &mut Writer) {
    writer.nest(IPVS_CMD_ATTR_DAEMON, |writer| writer.u32(IPVS_DAEMON_ATTR_STATE, state(role)));
}

/// Reads what is in an attribute `IPVS_CMD_ATTR_DAEMON`. What a kernel before 4.3 does not tell is what it does.
pub(super) fn decode(attributes: Attributes<'_>) -> Result<SyncDaemon, Malformed> {
    let mut daemon = SyncDaemon::new(SyncRole::Master, "");
    for attribute in attributes {
        let attribute = attribute?;
        match attribute.kind {
            IPVS_DAEMON_ATTR_STATE if attribute.u32()? == IP_VS_STATE_BACKUP => daemon.role = SyncRole::Backup,
            IPVS_DAEMON_ATTR_MCAST_IFN => daemon.interface = attribute.text(),
            // The kernel compares the lowest byte only.
            IPVS_DAEMON_ATTR_SYNC_ID => daemon.sync_id = attribute.u32()?.to_le_bytes()[0],
            IPVS_DAEMON_ATTR_SYNC_MAXLEN => daemon.max_len = Some(attribute.u16()?).filter(|length| *length != 0),
            IPVS_DAEMON_ATTR_MCAST_GROUP => daemon.group = attribute.ipv4()?.into(),
            IPVS_DAEMON_ATTR_MCAST_GROUP6 => daemon.group = attribute.ipv6()?.into(),
            IPVS_DAEMON_ATTR_MCAST_PORT => daemon.port = attribute.u16()?,
            IPVS_DAEMON_ATTR_MCAST_TTL => daemon.ttl = attribute.u8()?,
            _ => {}
        }
    }
    Ok(daemon)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ipvs::model::any_daemon;

    proptest! {
        #[test]
        fn what_was_written_is_read(daemon in any_daemon()) {
            let mut writer = Writer::default();
            encode(&daemon, &mut writer);
            let attribute = Attributes::new(writer.bytes()).next().unwrap().unwrap();
            prop_assert_eq!(attribute.kind, IPVS_CMD_ATTR_DAEMON);
            prop_assert_eq!(decode(attribute.nested()), Ok(daemon));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(Attributes::new(&bytes));
        }
    }
}
