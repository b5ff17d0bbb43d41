//! One lvsctl at a time: an flock on a file, which the kernel lets go when its holder ends.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, Instant},
};

use super::{Error, paths, progress};

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, waiting for its turn. `what` names the thing in messages.
    pub(super) async fn take(path: &Path, what: &str, patience: Duration) -> Result<Self, Error> {
        let start = Instant::now();
        let mut told = false;
        loop {
            paths::make_private(path.parent().expect("a lock stands in a folder"))?;
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)
                .map_err(Error::io("open the lock", path))?;
            match file.try_lock() {
                // `lab down` removes the folder while it holds the lock: a lock on a file that is gone protects nothing.
                Ok(()) if is_same(&file, path) => return Ok(Self { _file: file }),
                Ok(()) => continue,
                Err(TryLockError::Error(source)) => {
                    return Err(Error::Io { what: "lock", path: path.to_owned(), source });
                }
                Err(TryLockError::WouldBlock) if start.elapsed() > patience => {
                    return Err(Error::Busy { what: what.to_owned(), waited: patience });
                }
                Err(TryLockError::WouldBlock) => {}
            }
            if !told {
                progress::say(&format!("waiting for another lvsctl that is at work on {what}"));
                told = true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}
