//! The kernel's IPVS, behind a small trait so that the way through a plan can be tested without one.

use neli::consts::socket::NlFamily;

use super::{
    Connections, Entry, Key, Server, Service, Table, TableChange,
    constants::{
        IPVS_CMD_ATTR_DAEMON, IPVS_CMD_ATTR_DEST, IPVS_CMD_ATTR_SERVICE, IPVS_CMD_GET_CONFIG, IPVS_CMD_GET_DAEMON,
        IPVS_CMD_GET_DEST, IPVS_CMD_GET_INFO, IPVS_CMD_GET_SERVICE, IPVS_CMD_ZERO, IPVS_GENL_NAME, IPVS_GENL_VERSION,
    },
    daemon,
    table::Counted,
    timeouts,
};
use crate::{
    netlink::{
        Attributes, Batch, Error, GENERIC_HEADER, Malformed, Message, Refusal, Socket, Writer, constants::NLM_F_DUMP,
        family_id,
    },
    state::{SyncDaemon, Timeouts},
    wire::{Connection, Failure, Traffic},
};

/// How often a table that others change while it is read is read again.
const ATTEMPTS: u32 = 5;

/// What a plan needs of the kernel.
pub(super) trait Kernel {
    /// The services that `wanted` picks, with their real servers, without counters of these.
    fn table(&mut self, wanted: &dyn Fn(&Key) -> bool) -> Result<Table, Error>;

    /// The real servers of a service with their counters; none if there is no such service.
    fn servers(&mut self, key: &Key) -> Result<Vec<Counted>, Error>;

    /// The connection table, line by line.
    fn connections(&mut self, each: &mut dyn FnMut(&Connection)) -> Result<(), Failure>;

    /// Makes changes at once and in order; gives the places of those that were refused.
    fn submit(&mut self, changes: &[TableChange]) -> Result<Vec<(usize, Refusal)>, Error>;
}

/// How a real server of a service of some family is read.
type Decode<S> = fn(Attributes<'_>, u16) -> Result<S, Malformed>;

/// The running kernel, through one socket.
pub(super) struct LiveKernel {
    socket: Socket,
    family: u16,
}

impl LiveKernel {
    /// Finds IPVS; the kernel loads its module if it can.
    pub(super) fn open() -> Result<Self, Error> {
        let mut socket = Socket::open(NlFamily::Generic)?;
        let family = family_id(&mut socket, IPVS_GENL_NAME)?;
        Ok(Self { socket, family })
    }

    /// All services with the counters of them and of their real servers.
    pub(super) fn counted_table(&mut self) -> Result<Table<Counted>, Error> {
        self.read(&|_| true, Server::decode_counted)
    }

    /// The kernel's dumps are not consistent and do not say so: a service that goes between two chunks makes others be
    /// skipped. So the services are dumped again after their real servers, until both dumps agree.
    fn read<S>(&mut self, wanted: &dyn Fn(&Key) -> bool, decode: Decode<S>) -> Result<Table<S>, Error> {
        let (timeouts, sync) = (self.timeouts()?, self.daemons()?);
        for _ in 0..ATTEMPTS {
            let mut services = Vec::new();
            self.services(|service, traffic| services.push((service, traffic)))?;
            let mut servers = Vec::new();
            for (service, _) in services.iter().filter(|(service, _)| wanted(&service.key)) {
                servers.push(self.servers_of(&service.key, decode)?);
            }
            let (mut before, mut is_same) = (services.iter(), true);
            self.services(|service, _| is_same &= before.next().is_some_and(|(before, _)| *before == service))?;
            if is_same && before.next().is_none() {
                let services = services.into_iter().filter(|(service, _)| wanted(&service.key));
                let entries = services.zip(servers);
                let entry = |((service, traffic), servers): ((Service, _), _)| {
                    (service.key, Entry { service, traffic, servers })
                };
                return Ok(Table { entries: entries.map(entry).collect(), timeouts, sync });
            }
        }
        Err(Error::Unsteady)
    }

    fn services(&mut self, mut each: impl FnMut(Service, Traffic)) -> Result<(), Error> {
        self.dump(
            IPVS_CMD_GET_SERVICE,
            |_| {},
            |message| {
                for service in inside(message, IPVS_CMD_ATTR_SERVICE) {
                    let (service, traffic) = Service::decode(service?)?;
                    each(service, traffic);
                }
                Ok(())
            },
        )
    }

    fn servers_of<S>(&mut self, key: &Key, decode: Decode<S>) -> Result<Vec<S>, Error> {
        let mut servers = Vec::new();
        self.dump(
            IPVS_CMD_GET_DEST,
            |writer| key.encode_alone(writer),
            |message| {
                for server in inside(message, IPVS_CMD_ATTR_DEST) {
                    servers.push(decode(server?, key.family())?);
                }
                Ok(())
            },
        )?;
        servers.shrink_to_fit();
        Ok(servers)
    }

    /// Sets the counters of one service back to 0, or all of them (same as `ipvsadm -Z`).
    pub(super) fn zero(&mut self, key: Option<&Key>) -> Result<(), Error> {
        self.socket.change(Batch::one(self.family, 0, |writer| {
            writer.raw(&[IPVS_CMD_ZERO, IPVS_GENL_VERSION, 0, 0]);
            if let Some(key) = key {
                key.encode_alone(writer);
            }
        }))
    }

    /// Same as `ipvsadm -L --timeout`.
    fn timeouts(&mut self) -> Result<Timeouts, Error> {
        let mut timeouts = Timeouts::default();
        let request = Batch::one(self.family, 0, |writer| writer.raw(&[IPVS_CMD_GET_CONFIG, IPVS_GENL_VERSION, 0, 0]));
        self.socket.ask(request, |message| {
            timeouts = timeouts::decode(Attributes::behind(message.payload, GENERIC_HEADER))?;
            Ok(())
        })?;
        Ok(timeouts)
    }

    /// Same as `ipvsadm -L --daemon`.
    fn daemons(&mut self) -> Result<Vec<SyncDaemon>, Error> {
        let mut daemons = Vec::new();
        self.dump(
            IPVS_CMD_GET_DAEMON,
            |_| {},
            |message| {
                for daemon in inside(message, IPVS_CMD_ATTR_DAEMON) {
                    daemons.push(daemon::decode(daemon?)?);
                }
                Ok(())
            },
        )?;
        Ok(daemons)
    }

    fn dump(
        &mut self,
        command: u8,
        body: impl FnOnce(&mut Writer),
        each: impl FnMut(&Message<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Error> {
        let request = Batch::one(self.family, NLM_F_DUMP, |writer| {
            writer.raw(&[command, IPVS_GENL_VERSION, 0, 0]);
            body(writer);
        });
        self.socket.dump(request, each)
    }
}

impl Kernel for LiveKernel {
    fn table(&mut self, wanted: &dyn Fn(&Key) -> bool) -> Result<Table, Error> {
        self.read(wanted, Server::decode)
    }

    fn servers(&mut self, key: &Key) -> Result<Vec<Counted>, Error> {
        self.servers_of(key, Server::decode_counted)
    }

    fn connections(&mut self, each: &mut dyn FnMut(&Connection)) -> Result<(), Failure> {
        Connections::open()?.try_for_each(|connection| connection.map(|connection| each(&connection)))
    }

    fn submit(&mut self, changes: &[TableChange]) -> Result<Vec<(usize, Refusal)>, Error> {
        let mut batch = Batch::default();
        for change in changes {
            change.encode(self.family, &mut batch);
        }
        // A daemon that is stopped before its thread ever ran ends by EINTR, and that is the one result that the kernel
        // answers nothing to (`netlink_rcv_skb`). So the last message is another one.
        if let Some(TableChange::StopDaemon { .. }) = changes.last() {
            batch.push(self.family, 0, |writer| writer.raw(&[IPVS_CMD_GET_INFO, IPVS_GENL_VERSION, 0, 0]));
        }
        self.socket.submit(batch)
    }
}

/// What is in the attributes of this kind in a message.
pub(super) fn inside<'a>(message: &Message<'a>, kind: u16) -> impl Iterator<Item = Result<Attributes<'a>, Malformed>> {
    Attributes::behind(message.payload, GENERIC_HEADER).filter_map(move |attribute| match attribute {
        Ok(attribute) if attribute.kind == kind => Some(Ok(attribute.nested())),
        Ok(_) => None,
        Err(malformed) => Some(Err(malformed)),
    })
}
