//! Who is at work, and what names a run.

use std::{env, fs, process, time::SystemTime};

use crate::session::Purpose;

/// What ends the name of a run that takes others back.
pub(super) const BACK: &str = ".back";

/// The user's name, where the environment does not tell it, as under a service manager.
fn name_of(uid: u32) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let fields = |line: &str| Some((line.split(':').nth(2)?.parse::<u32>().ok()?, line.split(':').next()?.to_owned()));
    users.lines().filter_map(fields).find(|(id, _)| *id == uid).map(|(_, name)| name)
}

/// What the agents are told: `alice@host`, and a name for the run that sorts by time.
pub(super) fn purpose(lock: bool) -> Purpose {
    let user =
        ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| env::var(name).ok().filter(|user| !user.is_empty()));
    let user = user.or_else(|| name_of(rustix::process::getuid().as_raw()));
    let user = user.unwrap_or_else(|| format!("uid{}", rustix::process::getuid().as_raw()));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_else(|_| "unknown".to_owned());
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (since.as_secs(), since.subsec_millis());
    let operator: String = format!("{user}@{}", host.trim()).chars().filter(|c| !c.is_control()).take(100).collect();
    Purpose {
        operator,
        run: format!("{seconds}.{millis:03}-{}", process::id()),
        lock,
        guard_seconds: None,
        pushes: true,
    }
}
