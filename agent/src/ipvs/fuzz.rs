//! What must hold of the IPVS table and of connections as read, whatever bytes they come from.

use std::collections::BTreeSet;

use super::{
    Connections, Entry, Server, Service, Table,
    constants::{AF_INET, AF_INET6, IPVS_CMD_ATTR_DAEMON, IPVS_CMD_ATTR_DEST, IPVS_CMD_ATTR_SERVICE},
    daemon,
    kernel::inside,
    metrics,
    table::Counted,
    timeouts,
};
use crate::{
    netlink::{Attributes, Batch, GENERIC_HEADER, Message, Messages, Writer},
    wire::LiveTable,
};

/// Reads a message by every decoder. What was read, written and read again is the same, and the table of it can be told.
pub(crate) fn message(message: &Message<'_>) {
    let mut table = Table::<Counted>::default();
    let mut servers = Vec::new();
    for attributes in inside(message, IPVS_CMD_ATTR_DEST).flatten() {
        for family in [AF_INET, AF_INET6] {
            let Ok((server, stats)) = Server::decode_counted(attributes.clone(), family) else { continue };
            let again = rewritten(IPVS_CMD_ATTR_DEST, |writer| server.encode(writer), |a| Server::decode(a, family));
            assert_eq!(again, Ok(server));
            if let Some(words) = server.words() {
                assert_eq!(Server::from(&words), server, "the words say all of it");
            }
            servers.push((server, stats));
        }
    }
    for attributes in inside(message, IPVS_CMD_ATTR_SERVICE).flatten() {
        let Ok((service, traffic)) = Service::decode(attributes) else { continue };
        let again = rewritten(IPVS_CMD_ATTR_SERVICE, |writer| service.encode(writer), Service::decode);
        assert_eq!(again.map(|(service, _)| service).as_ref(), Ok(&service));
        if let Some(words) = service.words() {
            assert_eq!(Service::from(&words), service, "the words say all of it");
        }
        table.entries.insert(service.key, Entry { service, traffic, servers: servers.clone() });
    }
    for attributes in inside(message, IPVS_CMD_ATTR_DAEMON).flatten() {
        let Ok(read) = daemon::decode(attributes) else { continue };
        let again = rewritten(IPVS_CMD_ATTR_DAEMON, |writer| daemon::encode(&read, writer), daemon::decode);
        assert_eq!(again.as_ref(), Ok(&read));
        table.sync.push(read);
    }
    if let Ok(read) = timeouts::decode(Attributes::behind(message.payload, GENERIC_HEADER)) {
        table.timeouts = read;
    }
    told(table);
}

/// What is read of the attribute that is written.
fn rewritten<T>(kind: u16, write: impl FnOnce(&mut Writer), read: impl FnOnce(Attributes<'_>) -> T) -> T {
    let batch = Batch::one(0, 0, |writer| {
        writer.raw(&[0; GENERIC_HEADER]);
        write(writer);
    });
    let message = Messages::new(batch.bytes()).next().and_then(Result::ok).expect("a message was written");
    let attributes = inside(&message, kind).next().and_then(Result::ok).expect("an attribute was written");
    read(attributes)
}

/// The controller reads what the agent tells, and every line of the metrics is one.
fn told(table: Table<Counted>) {
    let table = table.into_words(&BTreeSet::new());
    let json = serde_json::to_string(&table).expect("a table has text keys only");
    assert_eq!(serde_json::from_str::<LiveTable>(&json).ok().as_ref(), Some(&table), "{json}");
    assert!(metrics(&table).lines().all(|line| line.starts_with("# ") || line.starts_with("lvs_")));
}

/// The text of `/proc/net/ip_vs_conn`: every line is a connection or strange, and what is shown moves no cursor.
pub fn connections(text: &[u8]) {
    let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"Pro ")).count();
    let mut connections = Connections::from(text);
    let mut read = 0;
    for connection in connections.by_ref() {
        let connection = connection.unwrap_or_else(|failure| panic!("{failure:?}"));
        assert!(!connection.to_string().contains(char::is_control), "{connection:?}");
        read += 1;
    }
    assert_eq!(read + connections.strange(), u64::try_from(lines).unwrap_or(u64::MAX));
}
