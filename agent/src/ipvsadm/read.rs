//! Reading a text of ipvsadm's, as `ipvsadm -R` would carry it out on an empty table.
//!
//! Not only what `ipvsadm -S` writes is read, but every command that changes a table, since start scripts of people are
//! such texts, too. All mistakes are told and not only the first.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    net::{IpAddr, SocketAddr},
};

use super::{
    Mistake,
    flag::{Flag, Given},
    line::words,
    mistake::{Wrong, wrong},
    server, service,
    service::NAMING,
    sync,
};
use crate::state::{RealServer, ServiceKey, SyncDaemon, Timeouts, VirtualService};

/// What a text of ipvsadm's comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The services, in the order of the text.
    pub services: Vec<VirtualService>,
    /// For each service, the line that makes it.
    pub lines: Vec<usize>,
    /// Timeouts, where the text sets them.
    pub timeouts: Option<Timeouts>,
    /// Sync daemons, where the text starts or stops any.
    pub sync: Option<Vec<SyncDaemon>>,
}

/// Reads a text of ipvsadm's, all of which must be right.
pub fn read(text: &str) -> Result<Script, Vec<Mistake>> {
    let (script, mistakes) = read_leniently(text);
    if mistakes.is_empty() { Ok(script) } else { Err(mistakes) }
}

/// Reads what can be read of a text of ipvsadm's. A line that is wrong does nothing, and what needs it is wrong, too.
pub fn read_leniently(text: &str) -> (Script, Vec<Mistake>) {
    let mut reader = Reader::default();
    let mut mistakes = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let mut joined = Cow::Borrowed(line);
        while joined.ends_with('\\')
            && let Some((_, next)) = lines.next()
        {
            let joined = joined.to_mut();
            joined.pop();
            joined.push_str(next);
        }
        let read = words(&joined).and_then(|words| if words.is_empty() { Ok(()) } else { reader.take(&words, number) });
        mistakes.extend(read.err().map(|wrong| wrong.on(number)));
    }
    (reader.script, mistakes)
}

const COMMANDS: [Flag; 15] = [
    Flag::AddService,
    Flag::EditService,
    Flag::DeleteService,
    Flag::Clear,
    Flag::AddServer,
    Flag::EditServer,
    Flag::DeleteServer,
    Flag::SetTimeouts,
    Flag::StartDaemon,
    Flag::StopDaemon,
    Flag::List,
    Flag::ListToo,
    Flag::Zero,
    Flag::Save,
    Flag::Restore,
];

/// A script and where to find its services.
#[derive(Default)]
struct Reader {
    script: Script,
    places: BTreeMap<ServiceKey, usize>,
    adding: Option<Adding>,
}

/// The service that the last line added a real server to. The next line mostly adds one to the same, and its name need
/// not be compared with all that are there.
struct Adding {
    key: ServiceKey,
    place: usize,
    names: BTreeSet<(IpAddr, u16)>,
}

impl Reader {
    fn take(&mut self, words: &[Cow<'_, str>], line: usize) -> Result<(), Wrong> {
        let given = Given::read(words)?;
        let command = given.one_of(&COMMANDS)?;
        let command = command.ok_or_else(|| wrong("the line says not what to do").hint("such as -A, -a or -E"))?;
        if command != Flag::AddServer {
            self.adding = None;
        }
        match command {
            Flag::AddService => self.add_service(service::service(command, &given)?, line),
            Flag::EditService => {
                let edited = service::service(command, &given)?;
                let place = self.place(&edited.key)?;
                *place = VirtualService { real_servers: std::mem::take(&mut place.real_servers), ..edited };
                Ok(())
            }
            Flag::DeleteService => {
                given.only(command, &NAMING)?;
                let key = service::key(&given)?;
                let place = self.places.remove(&key).ok_or_else(|| no_service(&key))?;
                self.script.services.remove(place);
                self.script.lines.remove(place);
                for later in self.places.values_mut().filter(|later| **later > place) {
                    *later -= 1;
                }
                Ok(())
            }
            Flag::Clear => {
                given.only(command, &[])?;
                self.places.clear();
                self.script.services.clear();
                self.script.lines.clear();
                Ok(())
            }
            Flag::AddServer => self.add_server(&given),
            Flag::EditServer => {
                let key = service::key(&given)?;
                let server = server::server(command, &given, &key)?;
                let servers = &mut self.place(&key)?.real_servers;
                let place = servers.iter_mut().find(|other| name(other) == name(&server));
                *place.ok_or_else(|| no_server(&key))? = server;
                Ok(())
            }
            Flag::DeleteServer => {
                given.only(command, &[&NAMING[..], &[Flag::Server]].concat())?;
                let key = service::key(&given)?;
                let gone = server::name(&given, &key)?;
                let servers = &mut self.place(&key)?.real_servers;
                let before = servers.len();
                servers.retain(|server| name(server) != gone);
                if servers.len() < before { Ok(()) } else { Err(no_server(&key)) }
            }
            Flag::SetTimeouts => {
                let set = sync::timeouts(&given)?;
                let before = self.script.timeouts.unwrap_or_default();
                self.script.timeouts = Some(Timeouts {
                    tcp: set.tcp.or(before.tcp),
                    tcp_fin: set.tcp_fin.or(before.tcp_fin),
                    udp: set.udp.or(before.udp),
                });
                Ok(())
            }
            Flag::StartDaemon => {
                let daemon = sync::daemon(&given)?;
                let daemons = self.script.sync.get_or_insert_default();
                if daemons.iter().any(|other| other.role == daemon.role) {
                    return Err(wrong(format!("the {} daemon is started twice", daemon.role)));
                }
                daemons.push(daemon);
                Ok(())
            }
            Flag::StopDaemon => {
                given.only(command, &[Flag::SyncId])?;
                let role = sync::role(command, &given)?;
                self.script.sync.get_or_insert_default().retain(|daemon| daemon.role != role);
                Ok(())
            }
            _ => Err(wrong(format!("{command} does not make a table"))),
        }
    }

    fn add_service(&mut self, service: VirtualService, line: usize) -> Result<(), Wrong> {
        let place = self.script.services.len();
        match self.places.entry(service.key) {
            Entry::Occupied(known) => {
                let first = self.script.lines.get(*known.get()).copied().unwrap_or(line);
                let what = format!("{} is there already, from line {first}", service.key);
                return Err(wrong(what).hint("-E changes it"));
            }
            Entry::Vacant(free) => free.insert(place),
        };
        self.script.services.push(service);
        self.script.lines.push(line);
        Ok(())
    }

    fn add_server(&mut self, given: &Given<'_>) -> Result<(), Wrong> {
        let key = service::key(given)?;
        let server = server::server(Flag::AddServer, given, &key)?;
        let mut adding = if let Some(adding) = self.adding.take_if(|adding| adding.key == key) {
            adding
        } else {
            let names = self.place(&key)?.real_servers.iter().map(name).collect();
            Adding { key, place: self.places.get(&key).copied().unwrap_or_default(), names }
        };
        if !adding.names.insert(name(&server)) {
            let name = SocketAddr::new(server.address, server.port);
            return Err(wrong(format!("{key} has the real server {name} already")).hint("-e changes it"));
        }
        if let Some(service) = self.script.services.get_mut(adding.place) {
            service.real_servers.push(server);
        }
        self.adding = Some(adding);
        Ok(())
    }

    fn place(&mut self, key: &ServiceKey) -> Result<&mut VirtualService, Wrong> {
        let place = self.places.get(key).and_then(|place| self.script.services.get_mut(*place));
        place.ok_or_else(|| no_service(key))
    }
}

/// What names a real server within its service.
fn name(server: &RealServer) -> (IpAddr, u16) {
    (server.address, server.port)
}

fn no_service(key: &ServiceKey) -> Wrong {
    wrong(format!("there is no service {key}")).hint("a line with -A must come before it")
}

fn no_server(key: &ServiceKey) -> Wrong {
    wrong(format!("{key} has no such real server"))
}

#[cfg(test)]
mod tests;
