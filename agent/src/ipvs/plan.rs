//! The way from the live table to the desired one, as a pure function.
//!
//! The order drops nothing: new services with their real servers, then more and heavier servers, then other
//! schedulers, then lighter servers, then those that leave are quiesced, and only then is anything deleted. A service
//! with another name is a new one, made before the old one goes. Nothing is ever flushed: what is deleted and added
//! again breaks connections and, in a large table, takes the kernel minutes. Timeouts come first, since connections
//! take them on when they are made or change their state; sync daemons come last, but for one that is stopped for good.

use std::collections::BTreeSet;

use super::{Entry, Key, Server, Service, Table, TableChange, server::ServerName};
use crate::state::{IpvsTable, ServiceKey, SyncDaemon};

/// What differs, in the order in which it is to be made.
///
/// `owned` are the services that lvsctl made. Services that are neither owned nor desired are left alone, unless the
/// table is to be purged. A desired service that somebody else made is taken over, with its real servers.
pub fn diff(live: &Table, desired: &IpvsTable, owned: &BTreeSet<ServiceKey>) -> Vec<TableChange> {
    let mut plan = Plan { drains: desired.drain_seconds > 0, ..Plan::default() };
    plan.timeouts(live, desired);
    plan.daemons(live, desired);
    let mut wanted = BTreeSet::new();
    for service in &desired.services {
        let after = Service::from(service);
        wanted.insert(after.key);
        let servers = service.real_servers.iter().map(Server::from);
        match live.entries.get(&after.key) {
            None => plan.add(after, servers),
            Some(before) => plan.set(before, after, servers),
        }
    }
    for (key, entry) in &live.entries {
        let goes = desired.purge || key.words().is_some_and(|key| owned.contains(&key));
        if goes && !wanted.contains(key) {
            plan.remove(entry);
        }
    }
    plan.in_order()
}

#[derive(Default)]
struct Plan {
    /// Servers that leave are quiesced first.
    drains: bool,
    first: Vec<TableChange>,
    new_services: Vec<TableChange>,
    more: Vec<TableChange>,
    services: Vec<TableChange>,
    less: Vec<TableChange>,
    quiesced: Vec<TableChange>,
    deleted: Vec<TableChange>,
    last: Vec<TableChange>,
}

impl Plan {
    fn timeouts(&mut self, live: &Table, desired: &IpvsTable) {
        let Some(wanted) = &desired.timeouts else { return };
        let after = live.timeouts.missing(wanted);
        if !after.is_empty() {
            self.first.push(TableChange::SetTimeouts { before: live.timeouts.of(&after), after });
        }
    }

    /// The kernel cannot change a daemon, so that another one takes its place.
    fn daemons(&mut self, live: &Table, desired: &IpvsTable) {
        let Some(wanted) = &desired.sync else { return };
        for daemon in &live.sync {
            let same_role = wanted.iter().find(|wanted| wanted.role == daemon.role);
            if !same_role.is_some_and(|wanted| wanted.is_met_by(daemon)) {
                let for_good = same_role.is_none();
                let list = if for_good { &mut self.first } else { &mut self.last };
                list.push(TableChange::StopDaemon { daemon: daemon.clone(), for_good });
            }
        }
        let is_there = |wanted: &&SyncDaemon| live.sync.iter().any(|daemon| wanted.is_met_by(daemon));
        self.last.extend(wanted.iter().filter(|wanted| !is_there(wanted)).cloned().map(TableChange::StartDaemon));
    }

    fn add(&mut self, service: Service, servers: impl Iterator<Item = Server>) {
        let key = service.key;
        self.new_services.push(TableChange::AddService(service.into()));
        self.new_services.extend(servers.map(|server| TableChange::AddServer(key, server)));
    }

    fn set(&mut self, before: &Entry, after: Service, servers: impl Iterator<Item = Server>) {
        let key = after.key;
        let mut found = Found::among(&before.servers);
        for after in servers {
            match found.find(after.name()) {
                None => self.more.push(TableChange::AddServer(key, after)),
                Some(before) if *before == after => {}
                Some(before) => {
                    let list = if after.weight < before.weight { &mut self.less } else { &mut self.more };
                    list.push(TableChange::SetServer { key, before: Box::new(*before), after });
                }
            }
        }
        if before.service != after {
            let before = before.service.clone().into();
            self.services.push(TableChange::SetService { before, after: after.into() });
        }
        for server in found.others() {
            self.leave(key, *server);
        }
    }

    fn remove(&mut self, entry: &Entry) {
        for server in &entry.servers {
            self.leave(entry.service.key, *server);
        }
        self.deleted.push(TableChange::DeleteService(entry.service.clone().into()));
    }

    fn leave(&mut self, key: Key, server: Server) {
        if self.drains && server.weight != 0 {
            self.quiesced.push(TableChange::Quiesce(key, server));
        }
        self.deleted.push(TableChange::DeleteServer(key, server));
    }

    /// The lists one after another, in the first of them that has anything: most plans have one list only, which may
    /// be long.
    fn in_order(self) -> Vec<TableChange> {
        [self.first, self.new_services, self.more, self.services, self.less, self.quiesced, self.deleted, self.last]
            .into_iter()
            .reduce(|mut plan, list| {
                if plan.is_empty() {
                    return list;
                }
                plan.extend(list);
                plan
            })
            .unwrap_or_default()
    }
}

/// The real servers that a service has, by name, and which of them are still wanted.
///
/// The same servers mostly come in the same order, so that the next one is looked at before the others are searched.
struct Found<'a> {
    servers: Vec<(&'a Server, bool)>,
    next: usize,
}

impl<'a> Found<'a> {
    fn among(servers: &'a [Server]) -> Self {
        // The kernel lists the youngest first.
        let mut servers: Vec<_> = servers.iter().rev().map(|server| (server, false)).collect();
        servers.sort_by_key(|(server, _)| server.name());
        Self { servers, next: 0 }
    }

    /// The server of this name, unless it was found before.
    fn find(&mut self, name: ServerName) -> Option<&'a Server> {
        let is_next = self.servers.get(self.next).is_some_and(|(server, _)| server.name() == name);
        let place = if is_next {
            self.next
        } else {
            self.servers.binary_search_by_key(&name, |(server, _)| server.name()).ok()?
        };
        self.next = place + 1;
        let (server, is_wanted) = self.servers.get_mut(place)?;
        if std::mem::replace(is_wanted, true) { None } else { Some(*server) }
    }

    /// Those that nobody looked for, by name.
    fn others(self) -> impl Iterator<Item = &'a Server> {
        self.servers.into_iter().filter(|(_, is_wanted)| !is_wanted).map(|(server, _)| server)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        ipvs::model::{Model, any_services, any_sync, any_timeouts},
        state::{
            Forwarding, Protocol, RealServer, Scheduler, ServiceFlags, SyncRole, Timeouts, VirtualService, Weight,
        },
    };

    /// `203.0.113.168:port` by wrr and DR, with real servers as `(last byte of the RIP, weight)`.
    fn www(port: u16, servers: &[(u8, u16)]) -> VirtualService {
        let real_servers = servers.iter().map(|(host, weight)| RealServer {
            address: [192, 168, 0, *host].into(),
            port,
            forwarding: Forwarding::DirectRouting,
            weight: Weight(*weight),
            upper_threshold: 0,
            lower_threshold: 0,
        });
        VirtualService {
            key: ServiceKey::Address { protocol: Protocol::Tcp, vip: [203, 0, 113, 168].into(), port },
            scheduler: Scheduler::WeightedRoundRobin,
            flags: ServiceFlags::default(),
            persistence: None,
            persistence_engine: None,
            real_servers: real_servers.collect(),
        }
    }

    fn table(services: Vec<VirtualService>) -> IpvsTable {
        IpvsTable::of(services, 60)
    }

    fn live(services: Vec<VirtualService>) -> Table {
        let mut model = Model::default();
        for change in diff(&Table::default(), &table(services), &BTreeSet::new()) {
            model.make(&change).unwrap();
        }
        model.table
    }

    fn keys(services: &[VirtualService]) -> BTreeSet<ServiceKey> {
        services.iter().map(|service| service.key).collect()
    }

    /// The plan from services that lvsctl made to others.
    fn plan(before: Vec<VirtualService>, after: Vec<VirtualService>) -> Vec<String> {
        let owned = keys(&before);
        diff(&live(before), &table(after), &owned).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_new_service_comes_with_its_real_servers() {
        assert_eq!(
            plan(vec![], vec![www(80, &[(1, 1), (2, 3)])]),
            [
                "+ ipvs tcp 203.0.113.168:80: wrr",
                "+ ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1",
                "+ ipvs tcp 203.0.113.168:80 -> 192.168.0.2:80: dr weight 3",
            ]
        );
    }

    #[test]
    fn servers_come_before_others_get_less_or_go() {
        assert_eq!(
            plan(vec![www(80, &[(1, 1), (2, 1), (3, 5)])], vec![www(80, &[(1, 2), (3, 4), (4, 1)])]),
            [
                "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1 -> dr weight 2",
                "+ ipvs tcp 203.0.113.168:80 -> 192.168.0.4:80: dr weight 1",
                "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.3:80: dr weight 5 -> dr weight 4",
                "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.2:80: dr weight 1 -> dr weight 0",
                "- ipvs tcp 203.0.113.168:80 -> 192.168.0.2:80: dr weight 1",
            ]
        );
    }

    #[test]
    fn another_scheduler_and_another_method_are_changes_in_place() {
        let mut after = www(80, &[(1, 1)]);
        after.scheduler = Scheduler::LeastConnection;
        after.real_servers[0].forwarding = Forwarding::Nat;
        assert_eq!(
            plan(vec![www(80, &[(1, 1)])], vec![after]),
            [
                "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1 -> nat weight 1",
                "~ ipvs tcp 203.0.113.168:80: wrr -> lc",
            ]
        );
    }

    #[test]
    fn a_service_with_another_port_is_there_before_the_old_one_goes() {
        assert_eq!(
            plan(vec![www(80, &[(1, 1)])], vec![www(81, &[(1, 1)])]),
            [
                "+ ipvs tcp 203.0.113.168:81: wrr",
                "+ ipvs tcp 203.0.113.168:81 -> 192.168.0.1:81: dr weight 1",
                "~ ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1 -> dr weight 0",
                "- ipvs tcp 203.0.113.168:80 -> 192.168.0.1:80: dr weight 1",
                "- ipvs tcp 203.0.113.168:80: wrr",
            ]
        );
    }

    #[test]
    fn timeouts_come_first_and_daemons_last_but_for_one_that_is_stopped_for_good() {
        let master = SyncDaemon::new(SyncRole::Master, "eth0");
        let backup = SyncDaemon::new(SyncRole::Backup, "eth0");
        let mut model = Model { table: live(vec![]), ..Model::default() };
        model.table.timeouts = Timeouts { tcp: Some(900), tcp_fin: Some(120), udp: Some(300) };
        for daemon in [&master, &backup] {
            model.make(&TableChange::StartDaemon(daemon.clone())).unwrap();
        }
        let desired = IpvsTable {
            timeouts: Some(Timeouts { tcp: Some(600), tcp_fin: Some(120), udp: None }),
            sync: Some(vec![SyncDaemon { sync_id: 7, ..master }]),
            ..table(vec![www(80, &[])])
        };
        let plan = diff(&model.table, &desired, &BTreeSet::new());
        assert_eq!(
            plan.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "~ ipvs timeouts: tcp 900 s -> tcp 600 s",
                "- ipvs sync backup: eth0 id 0 group 224.0.0.81:8848 ttl 1 max 1472 bytes",
                "+ ipvs tcp 203.0.113.168:80: wrr",
                "- ipvs sync master: eth0 id 0 group 224.0.0.81:8848 ttl 1 max 1472 bytes",
                "+ ipvs sync master: eth0 id 7 group 224.0.0.81:8848 ttl 1",
            ]
        );
        let nothing_said = table(vec![]);
        assert_eq!(diff(&model.table, &nothing_said, &BTreeSet::new()), []);
    }

    #[test]
    fn without_a_wait_nothing_is_quiesced_first() {
        let before = vec![www(80, &[(1, 1)])];
        let after = IpvsTable { drain_seconds: 0, ..table(vec![]) };
        assert_eq!(diff(&live(before.clone()), &after, &keys(&before)).len(), 2);
    }

    #[test]
    fn services_of_others_are_left_alone_unless_the_table_is_purged_or_the_inventory_names_them() {
        let others = live(vec![www(80, &[(1, 1)])]);
        assert_eq!(diff(&others, &table(vec![]), &BTreeSet::new()), []);
        let purge = IpvsTable { purge: true, ..table(vec![]) };
        assert_eq!(diff(&others, &purge, &BTreeSet::new()).len(), 3);
        let taken_over = table(vec![www(80, &[(2, 1)])]);
        assert_eq!(diff(&others, &taken_over, &BTreeSet::new()).len(), 3, "one comes, one is quiesced and goes");
    }

    proptest! {
        #[test]
        fn the_plan_leads_from_any_table_to_any_other(
            mine in any_services(),
            others in any_services(),
            after in any_services(),
            purge in any::<bool>(),
            drain_seconds in 0u64..2,
            timeouts in (any_timeouts(), proptest::option::of(any_timeouts())),
            sync in (any_sync(), any_sync()),
        ) {
            let owned = keys(&mine);
            let mut before = live([mine, others].concat().into_iter().map(|s| (s.key, s))
                .collect::<BTreeMap<_, _>>().into_values().collect());
            before.timeouts = timeouts.0;
            before.sync = sync.0.unwrap_or_default();
            let desired = IpvsTable {
                purge,
                timeouts: timeouts.1,
                sync: sync.1,
                ..IpvsTable::of(after.clone(), drain_seconds)
            };
            let plan = diff(&before, &desired, &owned);

            // Stages follow each other, and the kernel refuses nothing.
            prop_assert!(plan.is_sorted_by_key(TableChange::stage));
            let mut model = Model { table: before.clone(), ..Model::default() };
            for change in &plan {
                prop_assert_eq!(model.make(change), Ok(()), "{}", change);
            }

            let mut expected = live(after);
            for (key, entry) in before.entries.clone() {
                if !purge && !owned.contains(&key.words().unwrap()) {
                    expected.entries.entry(key).or_insert(entry);
                }
            }
            let sort = |table: &mut Table| {
                for entry in table.entries.values_mut() {
                    entry.servers.sort_by_key(Server::name);
                }
            };
            sort(&mut expected);
            sort(&mut model.table);
            prop_assert_eq!(&model.table.entries, &expected.entries);
            let wanted = desired.timeouts.unwrap_or_default();
            prop_assert_eq!(model.table.timeouts.of(&wanted), wanted);
            match &desired.sync {
                None => prop_assert_eq!(&model.table.sync, &before.sync),
                Some(daemons) => prop_assert_eq!(model.table.sync.len(), daemons.len()),
            }
            prop_assert_eq!(diff(&model.table, &desired, &owned), []);
        }
    }
}
