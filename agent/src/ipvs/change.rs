//! One step from the live table to the desired one: what is shown, journalled and sent are the same value.

use std::fmt;

use super::{
    Key, Server, Service,
    constants::{
        IPVS_CMD_DEL_DAEMON, IPVS_CMD_DEL_DEST, IPVS_CMD_DEL_SERVICE, IPVS_CMD_NEW_DAEMON, IPVS_CMD_NEW_DEST,
        IPVS_CMD_NEW_SERVICE, IPVS_CMD_SET_CONFIG, IPVS_CMD_SET_DEST, IPVS_CMD_SET_SERVICE, IPVS_GENL_VERSION,
    },
    daemon,
    server::shown,
    timeouts,
};
use crate::{
    netlink::{Batch, Writer},
    state::{SyncDaemon, Timeouts},
    wire::{Change, Side},
};

/// One step from the live table to the desired one. A plan may have a hundred thousand of them, so that what is large
/// and rare is boxed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableChange {
    /// `ipvsadm -A`
    AddService(Box<Service>),
    /// `ipvsadm -a`
    AddServer(Key, Server),
    /// `ipvsadm -E`: connections and real servers stay.
    SetService {
        /// As it is.
        before: Box<Service>,
        /// As it should be.
        after: Box<Service>,
    },
    /// `ipvsadm -e`: connections stay.
    SetServer {
        /// Its service.
        key: Key,
        /// As it is.
        before: Box<Server>,
        /// As it should be.
        after: Server,
    },
    /// `ipvsadm -e … -w 0`, before the server is deleted.
    Quiesce(Key, Server),
    /// `ipvsadm -d`
    DeleteServer(Key, Server),
    /// `ipvsadm -D`
    DeleteService(Box<Service>),
    /// `ipvsadm --set`
    SetTimeouts {
        /// Those that change, as they are; empty where nobody could tell.
        before: Timeouts,
        /// As they should be.
        after: Timeouts,
    },
    /// `ipvsadm --stop-daemon`
    StopDaemon {
        /// As it runs.
        daemon: SyncDaemon,
        /// No other one takes its place. It goes first: while a daemon runs, the kernel takes no real server of another
        /// address family.
        for_good: bool,
    },
    /// `ipvsadm --start-daemon`
    StartDaemon(SyncDaemon),
}

/// When a change may be made. Nothing of a later stage is begun before an earlier one is through, so that capacity is
/// there before other capacity goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// More or other.
    Build,
    /// Less, but nothing goes.
    Lower,
    /// Away, once its connections are.
    Remove,
    /// What other directors hear and tell of the table.
    Sync,
}

impl TableChange {
    pub(super) const fn stage(&self) -> Stage {
        match self {
            Self::AddService(_) | Self::AddServer(..) | Self::SetService { .. } | Self::SetTimeouts { .. } => {
                Stage::Build
            }
            Self::StopDaemon { for_good: true, .. } => Stage::Build,
            Self::StopDaemon { for_good: false, .. } | Self::StartDaemon(_) => Stage::Sync,
            Self::SetServer { before, after, .. } if after.weight >= before.weight => Stage::Build,
            Self::SetServer { .. } | Self::Quiesce(..) => Stage::Lower,
            Self::DeleteServer(..) | Self::DeleteService(_) => Stage::Remove,
        }
    }

    /// Whether it is of interest: that a server is quiesced before it is deleted is how a thing goes, and not what
    /// differs.
    pub fn is_shown(&self) -> bool {
        !matches!(self, Self::Quiesce(..))
    }

    /// The service that it is about, if it is about one.
    pub(super) const fn key(&self) -> Option<&Key> {
        Some(match self {
            Self::AddService(service) | Self::SetService { after: service, .. } | Self::DeleteService(service) => {
                &service.key
            }
            Self::AddServer(key, _)
            | Self::SetServer { key, .. }
            | Self::Quiesce(key, _)
            | Self::DeleteServer(key, _) => key,
            Self::SetTimeouts { .. } | Self::StopDaemon { .. } | Self::StartDaemon(_) => return None,
        })
    }

    /// Writes the message that makes it.
    pub(super) fn encode(&self, family: u16, batch: &mut Batch) {
        let mut message = |command: u8, body: &dyn Fn(&mut Writer)| {
            batch.push(family, 0, |writer| {
                writer.raw(&[command, IPVS_GENL_VERSION, 0, 0]);
                body(writer);
            });
        };
        let mut server = |command: u8, key: &Key, server: &Server| {
            message(command, &|writer| {
                key.encode_alone(writer);
                server.encode(writer);
            });
        };
        match self {
            Self::AddServer(key, added) => server(IPVS_CMD_NEW_DEST, key, added),
            Self::SetServer { key, after, .. } => server(IPVS_CMD_SET_DEST, key, after),
            Self::Quiesce(key, leaving) => server(IPVS_CMD_SET_DEST, key, &leaving.quiesced()),
            Self::DeleteServer(key, gone) => message(IPVS_CMD_DEL_DEST, &|writer| {
                key.encode_alone(writer);
                gone.encode_alone(writer);
            }),
            Self::AddService(service) => message(IPVS_CMD_NEW_SERVICE, &|writer| service.encode(writer)),
            Self::SetService { after, .. } => message(IPVS_CMD_SET_SERVICE, &|writer| after.encode(writer)),
            Self::DeleteService(service) => message(IPVS_CMD_DEL_SERVICE, &|writer| service.key.encode_alone(writer)),
            Self::SetTimeouts { after, .. } => message(IPVS_CMD_SET_CONFIG, &|writer| timeouts::encode(after, writer)),
            Self::StopDaemon { daemon, .. } => {
                message(IPVS_CMD_DEL_DAEMON, &|writer| daemon::encode_role(daemon.role, writer));
            }
            Self::StartDaemon(daemon) => message(IPVS_CMD_NEW_DAEMON, &|writer| daemon::encode(daemon, writer)),
        }
    }
}

impl From<&TableChange> for Change {
    fn from(change: &TableChange) -> Self {
        let service = |key: &Key| format!("ipvs {key}");
        let server = |key: &Key, server: &Server| format!("ipvs {key} -> {}", shown(server));
        let sync = |daemon: &SyncDaemon| format!("ipvs sync {}", daemon.role);
        match change {
            TableChange::AddService(added) => Self::add(service(&added.key), Side::Value(added.to_string())),
            TableChange::AddServer(key, added) => Self::add(server(key, added), Side::Value(added.to_string())),
            TableChange::SetService { before, after } => {
                Self::set(service(&after.key), before.to_string(), after.to_string())
            }
            TableChange::SetServer { key, before, after } => {
                Self::set(server(key, after), before.to_string(), after.to_string())
            }
            TableChange::Quiesce(key, leaving) => {
                Self::set(server(key, leaving), leaving.to_string(), leaving.quiesced().to_string())
            }
            TableChange::DeleteServer(key, gone) => Self::remove(server(key, gone), Side::Value(gone.to_string())),
            TableChange::DeleteService(gone) => Self::remove(service(&gone.key), Side::Value(gone.to_string())),
            TableChange::SetTimeouts { before, after } if before.is_empty() => {
                Self::add("ipvs timeouts", Side::Value(after.to_string()))
            }
            TableChange::SetTimeouts { before, after } => {
                Self::set("ipvs timeouts", before.to_string(), after.to_string())
            }
            TableChange::StopDaemon { daemon, .. } => Self::remove(sync(daemon), Side::Value(daemon.to_string())),
            TableChange::StartDaemon(daemon) => Self::add(sync(daemon), Side::Value(daemon.to_string())),
        }
    }
}

impl fmt::Display for TableChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Change::from(self).fmt(f)
    }
}
