//! Timeouts and sync daemons: `--set`, `--start-daemon`, `--stop-daemon`. `ipvsadm -S` never writes them, but
//! `ipvsadm -R` reads them, and start scripts have them.

use std::net::IpAddr;

use super::{
    flag::{Flag, Given, number},
    mistake::{Wrong, wrong},
    service::MAX_TIMEOUT,
};
use crate::state::{SyncDaemon, SyncRole, Timeouts};

/// `--set TCP TCPFIN UDP`; 0 leaves one as it is.
pub(super) fn timeouts(given: &Given<'_>) -> Result<Timeouts, Wrong> {
    given.only(Flag::SetTimeouts, &[])?;
    let [tcp, tcp_fin, udp] = given.rest.as_slice() else {
        return Err(wrong("--set takes three numbers").hint("seconds for tcp, tcpfin and udp; 0 leaves one as it is"));
    };
    let seconds = |text: &str| Ok(Some(number(&"--set", text, 0..=MAX_TIMEOUT)?).filter(|seconds| *seconds != 0));
    Ok(Timeouts { tcp: seconds(tcp)?, tcp_fin: seconds(tcp_fin)?, udp: seconds(udp)? })
}

/// Which daemon a line is about.
pub(super) fn role(command: Flag, given: &Given<'_>) -> Result<SyncRole, Wrong> {
    match given.value(command) {
        Some("master") => Ok(SyncRole::Master),
        Some("backup") => Ok(SyncRole::Backup),
        other => Err(wrong(format!("`{}` is neither master nor backup", other.unwrap_or_default()))),
    }
}

/// `--start-daemon`.
pub(super) fn daemon(given: &Given<'_>) -> Result<SyncDaemon, Wrong> {
    let options = [Flag::Interface, Flag::SyncId, Flag::Group, Flag::GroupPort, Flag::GroupTtl, Flag::MaxLength];
    given.only(Flag::StartDaemon, &options)?;
    // `DEF_MCAST_IFN` of ipvsadm.
    let interface = given.value(Flag::Interface).unwrap_or("eth0");
    if !(1..=15).contains(&interface.len()) {
        return Err(wrong(format!("`{interface}` names no device")));
    }
    let mut daemon = SyncDaemon::new(role(Flag::StartDaemon, given)?, interface);
    if let Some(text) = given.value(Flag::Group) {
        let group = text.parse().ok().filter(IpAddr::is_multicast);
        daemon.group = group.ok_or_else(|| wrong(format!("`{text}` is no multicast address")))?;
    }
    let small = |flag, range| Ok(given.number(flag, range)?.and_then(|number| u8::try_from(number).ok()));
    let medium = |flag, range| Ok(given.number(flag, range)?.and_then(|number| u16::try_from(number).ok()));
    daemon.sync_id = small(Flag::SyncId, 0..=255)?.unwrap_or(0);
    daemon.ttl = small(Flag::GroupTtl, 1..=255)?.unwrap_or(daemon.ttl);
    daemon.port = medium(Flag::GroupPort, 1..=65_535)?.unwrap_or(daemon.port);
    daemon.max_len = medium(Flag::MaxLength, 1..=65_507)?;
    Ok(daemon)
}
