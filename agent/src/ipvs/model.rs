//! A kernel of our own for tests: it answers as the real one does, knows the same errors, and counts what it is sent.

use std::{collections::BTreeMap, net::Ipv4Addr};

use proptest::{collection::btree_map, prelude::*};
use rustix::io::Errno;

use super::{
    Entry, Key, Netmask, Server, Service, Table, TableChange, Tunnel,
    constants::{IP_VS_CONN_F_DROUTE, IPPROTO_TCP},
    kernel::Kernel,
};
use crate::{
    netlink::{Error, Refusal},
    state::{
        Forwarding, Fwmark, Persistence, Protocol, RealServer, Scheduler, ServiceFlags, ServiceKey, SyncDaemon,
        SyncRole, Timeouts, TunnelChecksum, TunnelKind, VirtualService, Weight,
    },
    wire::{Connection, Failure, RealServerStats, Traffic},
};

/// A kernel of our own.
#[derive(Default)]
pub(super) struct Model {
    pub table: Table,
    /// Everything that was sent, batch by batch.
    pub sent: Vec<Vec<TableChange>>,
    /// Schedulers that it has no module for.
    pub missing_scheduler: Option<&'static str>,
    /// Batches whose answers are lost.
    pub overruns: usize,
    /// Active connections of a real server by its last byte; one ends each time that it is looked at.
    pub active: BTreeMap<u8, u32>,
    /// The connection table.
    pub connections: Vec<Connection>,
}

impl Kernel for Model {
    fn table(&mut self, wanted: &dyn Fn(&Key) -> bool) -> Result<Table, Error> {
        let mut table = self.table.clone();
        table.entries.retain(|key, _| wanted(key));
        Ok(table)
    }

    fn servers(&mut self, key: &Key) -> Result<Vec<(Server, RealServerStats)>, Error> {
        let servers = self.table.entries.get(key).map_or(Vec::new(), |entry| entry.servers.clone());
        let counted = servers.into_iter().map(|server| {
            let mut stats = RealServerStats::default();
            if let std::net::IpAddr::V4(address) = server.address
                && let Some(active) = self.active.get_mut(&address.octets()[3])
            {
                *active = active.saturating_sub(1);
                stats.active = *active;
            }
            (server, stats)
        });
        Ok(counted.collect())
    }

    fn connections(&mut self, each: &mut dyn FnMut(&Connection)) -> Result<(), Failure> {
        self.connections.iter().for_each(each);
        Ok(())
    }

    fn submit(&mut self, changes: &[TableChange]) -> Result<Vec<(usize, Refusal)>, Error> {
        self.sent.push(changes.to_vec());
        let mut refused = Vec::new();
        for (place, change) in changes.iter().enumerate() {
            if let Err(errno) = self.make(change) {
                refused.push((place, Refusal { errno: errno.raw_os_error(), words: None }));
            }
        }
        if let Some(left) = self.overruns.checked_sub(1) {
            self.overruns = left;
            return Err(Error::Overrun);
        }
        Ok(refused)
    }
}

impl Model {
    pub(super) fn make(&mut self, change: &TableChange) -> Result<(), Errno> {
        let entries = &mut self.table.entries;
        let scheduler = |service: &Service| {
            if Some(service.scheduler.as_str()) == self.missing_scheduler { Err(Errno::NOENT) } else { Ok(()) }
        };
        match change {
            TableChange::AddService(service) if entries.contains_key(&service.key) => Err(Errno::EXIST),
            TableChange::AddService(service) => {
                scheduler(service)?;
                entries.insert(
                    service.key,
                    Entry { service: Service::clone(service), traffic: Traffic::default(), servers: Vec::new() },
                );
                Ok(())
            }
            TableChange::SetService { after, .. } => {
                let entry = entries.get_mut(&after.key).ok_or(Errno::SRCH)?;
                scheduler(after)?;
                entry.service = Service::clone(after);
                Ok(())
            }
            TableChange::DeleteService(service) => entries.remove(&service.key).map(drop).ok_or(Errno::SRCH),
            TableChange::SetTimeouts { after, .. } => {
                let set = |live: &mut Option<u32>, seconds: Option<u32>| *live = seconds.or(*live);
                let live = &mut self.table.timeouts;
                set(&mut live.tcp, after.tcp);
                set(&mut live.tcp_fin, after.tcp_fin);
                set(&mut live.udp, after.udp);
                Ok(())
            }
            TableChange::StopDaemon { daemon, .. } => {
                let place = self.table.sync.iter().position(|live| live.role == daemon.role).ok_or(Errno::SRCH)?;
                self.table.sync.remove(place);
                Ok(())
            }
            TableChange::StartDaemon(daemon) if self.table.sync.iter().any(|live| live.role == daemon.role) => {
                Err(Errno::EXIST)
            }
            TableChange::StartDaemon(daemon) => {
                let max_len = match (daemon.role, daemon.max_len) {
                    (_, None | Some(0)) => 1472,
                    (SyncRole::Backup, Some(length)) => length.max(SyncDaemon::LEAST_OF_BACKUP),
                    (SyncRole::Master, Some(length)) => length,
                };
                self.table.sync.push(SyncDaemon { max_len: Some(max_len), ..daemon.clone() });
                self.table.sync.sort_by_key(|daemon| daemon.role);
                Ok(())
            }
            TableChange::AddServer(key, server)
            | TableChange::SetServer { key, after: server, .. }
            | TableChange::Quiesce(key, server)
            | TableChange::DeleteServer(key, server) => {
                let servers = &mut entries.get_mut(key).ok_or(Errno::SRCH)?.servers;
                let place = servers.iter().position(|found| found.name() == server.name());
                match (change, place) {
                    (TableChange::AddServer(..), Some(_)) => Err(Errno::EXIST),
                    (TableChange::AddServer(..), None) => {
                        servers.push(*server);
                        Ok(())
                    }
                    (_, None) => Err(Errno::NOENT),
                    (TableChange::DeleteServer(..), Some(place)) => {
                        servers.remove(place);
                        Ok(())
                    }
                    (TableChange::Quiesce(..), Some(place)) => {
                        servers[place] = server.quiesced();
                        Ok(())
                    }
                    (_, Some(place)) => {
                        servers[place] = *server;
                        Ok(())
                    }
                }
            }
        }
    }
}

/// A service of the kernel, by a number.
pub(super) fn service(number: u16) -> Service {
    let key = Key::Address { protocol: IPPROTO_TCP, vip: Ipv4Addr::new(203, 0, 113, 168).into(), port: number };
    Service { key, scheduler: "wrr".to_owned(), flags: 0, timeout: 0, netmask: Netmask::all(&key), engine: None }
}

/// A real server of the kernel, by a number.
pub(super) fn server(number: u8) -> Server {
    Server {
        address: Ipv4Addr::new(192, 168, 0, number).into(),
        port: 80,
        method: IP_VS_CONN_F_DROUTE,
        weight: 1,
        upper: 0,
        lower: 0,
        tunnel: Tunnel::default(),
    }
}

/// Keys out of a small room, so that two tables share some.
pub(crate) fn any_key() -> impl Strategy<Value = ServiceKey> {
    let protocol = prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)];
    prop_oneof![
        (protocol, any::<bool>(), 1u8..3, 80u16..82).prop_map(|(protocol, ipv6, host, port)| {
            let vip = if ipv6 {
                std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host.into()).into()
            } else {
                Ipv4Addr::new(203, 0, 113, host).into()
            };
            ServiceKey::Address { protocol, vip, port }
        }),
        (1u32..3, any::<bool>()).prop_map(|(mark, ipv6)| ServiceKey::Fwmark { mark: Fwmark(mark), ipv6 }),
    ]
}

pub(crate) fn any_forwarding() -> impl Strategy<Value = Forwarding> {
    let checksum = || prop_oneof![Just(TunnelChecksum::None), Just(TunnelChecksum::Checksum)];
    let gue = (1u16.., prop_oneof![checksum(), Just(TunnelChecksum::Remote)])
        .prop_map(|(port, checksum)| TunnelKind::Gue { port, checksum });
    let gre = checksum().prop_map(|checksum| TunnelKind::Gre { checksum });
    let tunnel = prop_oneof![Just(TunnelKind::Ipip), gue, gre].prop_map(Forwarding::Tunnel);
    prop_oneof![Just(Forwarding::Nat), Just(Forwarding::DirectRouting), tunnel]
}

pub(crate) fn any_real_servers() -> impl Strategy<Value = Vec<RealServer>> {
    let settings = (any_forwarding(), any::<u16>(), 0u32..3, 0u32..3);
    btree_map((1u8..6, 80u16..82), settings, 0..6).prop_map(|servers| {
        let server = |((host, port), (forwarding, weight, lower_threshold, more))| RealServer {
            address: Ipv4Addr::new(192, 168, 0, host).into(),
            port,
            forwarding,
            weight: Weight(weight),
            upper_threshold: lower_threshold + more,
            lower_threshold,
        };
        servers.into_iter().map(server).collect()
    })
}

/// Any services that lvsctl has words for.
pub(crate) fn any_services() -> impl Strategy<Value = Vec<VirtualService>> {
    let flags = any::<(bool, bool, bool, bool)>().prop_map(|(one_packet, sched_1, sched_2, sched_3)| ServiceFlags {
        one_packet,
        sched_1,
        sched_2,
        sched_3,
    });
    let persistence = proptest::option::of((1u32..1000, 1u8..=32));
    let scheduler = prop_oneof![
        9 => proptest::sample::select(Scheduler::ALL),
        1 => "[a-z][a-z0-9_]{0,14}".prop_map(|name| Scheduler::named(&name).unwrap()),
    ];
    let engine = proptest::option::weighted(0.1, Just("sip".to_owned()));
    let settings = (scheduler, flags, persistence, engine, any_real_servers());
    btree_map(any_key(), settings, 0..8).prop_map(|services| {
        let service = |(key, (scheduler, flags, persistence, persistence_engine, real_servers))| VirtualService {
            key,
            scheduler,
            flags,
            persistence: Option::map(persistence, |(timeout_seconds, prefix)| Persistence { timeout_seconds, prefix }),
            persistence_engine,
            real_servers,
        };
        services.into_iter().map(service).collect()
    })
}

pub(crate) fn any_timeouts() -> impl Strategy<Value = Timeouts> {
    let seconds = || proptest::option::of(1u32..1000);
    (seconds(), seconds(), seconds()).prop_map(|(tcp, tcp_fin, udp)| Timeouts { tcp, tcp_fin, udp })
}

pub(crate) fn any_daemon() -> impl Strategy<Value = SyncDaemon> {
    let role = prop_oneof![Just(SyncRole::Master), Just(SyncRole::Backup)];
    let group = prop_oneof![Just(SyncDaemon::default_group()), Just("ff02::81".parse().unwrap())];
    let numbers = (any::<u8>(), proptest::option::of(1u16..), 1u16.., 1u8..);
    (role, "[a-z]{1,15}", group, numbers).prop_map(|(role, interface, group, (sync_id, max_len, port, ttl))| {
        SyncDaemon { role, interface, sync_id, max_len, group, port, ttl }
    })
}

/// Nothing said, or at most one daemon of each role.
pub(crate) fn any_sync() -> impl Strategy<Value = Option<Vec<SyncDaemon>>> {
    proptest::option::of(proptest::collection::vec(any_daemon(), 0..3).prop_map(|mut daemons| {
        daemons.sort_by_key(|daemon| daemon.role);
        daemons.dedup_by_key(|daemon| daemon.role);
        daemons
    }))
}
