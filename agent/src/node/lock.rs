//! One operator at a time: an flock(2) on a file that names who holds it.
//!
//! The kernel lets go of the lock when its holder dies, however it dies, so there is no stale lock to break. The record
//! in the file is for people only; what counts is the lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    thread,
    time::Duration,
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    time::{ClockId, clock_gettime},
};

use crate::{json, wire::LockHolder};

/// Longest record read.
const MAX_RECORD: u64 = 16 << 10;

/// The node's lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(File);

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another operator holds it.
    #[error("held by {}", .0.operator)]
    Held(LockHolder),
    /// The file could not be used.
    #[error(transparent)]
    File(#[from] io::Error),
}

impl Lock {
    /// Takes the lock at once or says who has it.
    pub(crate) fn take(path: &Path, holder: &LockHolder) -> Result<Self, LockError> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(read_holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(holder).map_err(io::Error::from)?)?;
        Ok(Self(file))
    }
}

impl Lock {
    /// As [`Self::take`], of a holder that is just ending: the kernel lets go of its lock a moment after it has closed
    /// everything else, and tells nobody.
    pub(crate) fn take_soon(path: &Path, holder: &LockHolder) -> Result<Self, LockError> {
        for _ in 0..50 {
            match Self::take(path, holder) {
                Err(LockError::Held(_)) => thread::sleep(Duration::from_millis(20)),
                taken => return taken,
            }
        }
        Self::take(path, holder)
    }

    /// Has the processes that `spawn` starts hold the lock, too, for as long as they live: an flock(2) belongs to the
    /// open file, and they inherit that.
    pub(crate) fn shared<T>(&self, spawn: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        fcntl_setfd(&self.0, FdFlags::empty())?;
        let spawned = spawn();
        fcntl_setfd(&self.0, FdFlags::CLOEXEC)?;
        spawned
    }
}

impl LockHolder {
    /// This process, from now on.
    pub(crate) fn new(operator: &str, run: &str) -> Self {
        let (operator, run) = (operator.to_owned(), run.to_owned());
        Self { operator, run, since: seconds_up(), held_seconds: 0, pid: std::process::id() }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The record is for people only: one that stays is overwritten by the next holder.
        let _ = self.0.set_len(0);
    }
}

/// Who holds the lock. Its holder may be about to write that down.
fn read_holder(file: &mut File) -> LockHolder {
    for _ in 0..10 {
        let mut record = Vec::new();
        let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(MAX_RECORD).read_to_end(&mut record));
        if let (Ok(_), Ok(holder)) = (read, json::from_slice::<LockHolder>(&record)) {
            return LockHolder { held_seconds: seconds_up().saturating_sub(holder.since), ..holder };
        }
        thread::sleep(Duration::from_millis(20));
    }
    LockHolder { operator: "somebody unknown".to_owned(), ..LockHolder::default() }
}

/// How long the node is up, in seconds: a clock that nobody sets.
fn seconds_up() -> u64 {
    clock_gettime(ClockId::Boottime).tv_sec.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(operator: &str) -> LockHolder {
        LockHolder::new(operator, "r")
    }

    #[test]
    fn a_second_operator_is_told_who_is_at_work() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path, &holder("alice@a")).unwrap();
        match Lock::take(&path, &holder("bob@b")) {
            Err(LockError::Held(found)) => {
                assert_eq!((found.operator.as_str(), found.run.as_str()), ("alice@a", "r"));
                assert!(found.held_seconds < 60, "{found:?}");
            }
            other => panic!("{other:?}"),
        }
        drop(first);
        Lock::take(&path, &holder("bob@b")).unwrap();
    }

    #[test]
    fn what_a_dead_holder_wrote_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, serde_json::to_vec(&holder(&"x".repeat(500))).unwrap()).unwrap();
        let _lock = Lock::take(&path, &holder("bob@b")).unwrap();
        assert_eq!(read_holder(&mut File::open(&path).unwrap()).operator, "bob@b");
    }

    #[test]
    fn a_record_that_cannot_be_read_does_not_open_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let _lock = Lock::take(&path, &holder("alice@a")).unwrap();
        std::fs::write(&path, "{\"oper").unwrap();
        assert!(matches!(Lock::take(&path, &holder("bob@b")), Err(LockError::Held(_))));
    }
}
