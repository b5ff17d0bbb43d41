//! Waiting for another who is at work with the package manager, and naming him. Each manager waits in a way of its own,
//! some for ever and some not at all, and few say for whom; so it is waited before one is started.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    thread,
    time::{Duration, Instant},
};

use crate::{
    node::Root,
    process::Output,
    wire::{Failure, Stream},
};

/// Time between two looks: there is no way to wait for the locks of all managers without taking them.
const PAUSE: Duration = Duration::from_millis(250);

/// Waits until nobody holds one of these locks.
pub(super) fn wait(root: &Root, locks: &[&str], patience: Duration, output: &mut Output<'_>) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut is_told = false;
    while let Some((lock, holder)) = locks.iter().find_map(|lock| Some((lock, holder(root, lock)?))) {
        if begun.elapsed() >= patience {
            let came_back = format!("{holder} has held {lock} for more than {} s", patience.as_secs());
            let hint = "see what it does on the node; when it has ended, apply again";
            return Err(Failure::new("get hold of the package manager", came_back).with_hint(hint));
        }
        if !is_told {
            output(Stream::Stdout, &format!("waiting for {holder}, which holds {lock}"));
            is_told = true;
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Who holds a lock: on the file as /proc/locks has it, by the number in a `.pid` file, or, nameless, by the presence of
/// a `.lck` file.
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "these are names that we chose")]
fn holder(root: &Root, lock: &str) -> Option<String> {
    let metadata = fs::metadata(root.path(lock)).ok()?;
    let pid: u32 = if lock.ends_with(".lck") {
        return Some("another program".to_owned());
    } else if lock.ends_with(".pid") {
        root.line(lock)?.trim().parse().ok()?
    } else {
        let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
        let file = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
        let locks = fs::read_to_string(root.path("/proc/locks")).ok()?;
        locks.lines().find_map(|line| of_file(line, &file))?
    };
    // A number may have been left behind.
    let name = root.line(&format!("/proc/{pid}/comm"))?;
    Some(format!("{} (process {pid})", name.replace(char::is_control, " ")))
}

/// The process of a line such as `1: POSIX  ADVISORY  WRITE 714 fe:01:131 0 EOF`; those that wait have an arrow.
fn of_file(line: &str, file: &str) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [_, "->", ..] => None,
        [_, _, _, _, pid, locked, ..] if locked == file => pid.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    fn waited(fake: &FakeNode, lock: &str, patience: u64) -> (Result<(), Failure>, Vec<String>) {
        let mut said = Vec::new();
        let done =
            wait(&fake.node.root, &[lock], Duration::from_millis(patience), &mut |_, line| said.push(line.to_owned()));
        (done, said)
    }

    #[test]
    fn who_holds_a_lock_is_named_and_waited_for_until_the_deadline() {
        let fake = FakeNode::new();
        fake.write("/lock", "");
        fake.write("/proc/714/comm", "unattended-upgr\n");
        let metadata = fs::metadata(fake.at("/lock")).unwrap();
        let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
        let locks = format!("1: POSIX  ADVISORY  WRITE 714 {major:02x}:{minor:02x}:{} 0 EOF\n", metadata.ino());
        fake.write("/proc/locks", &locks);
        let (done, said) = waited(&fake, "/lock", 10);
        assert_eq!(said, ["waiting for unattended-upgr (process 714), which holds /lock"]);
        assert!(done.unwrap_err().came_back.starts_with("unattended-upgr (process 714) has held /lock"));
        fake.write("/proc/locks", &locks.replace(": POSIX", ": -> POSIX"));
        assert_eq!(waited(&fake, "/lock", 10), (Ok(()), vec![]));
    }

    #[test]
    fn a_number_that_was_left_behind_is_no_holder() {
        let fake = FakeNode::new();
        fake.write("/run/zypp.pid", "4711\n");
        waited(&fake, "/run/zypp.pid", 10).0.unwrap();
        fake.write("/proc/4711/comm", "zypper\n");
        waited(&fake, "/run/zypp.pid", 10).0.unwrap_err();
        waited(&fake, "/not-there.lck", 10).0.unwrap();
    }

    #[test]
    fn it_goes_on_once_the_lock_is_free() {
        let fake = FakeNode::new();
        fake.write("/db.lck", "");
        let lock = fake.at("/db.lck");
        let freed = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            fs::remove_file(lock).unwrap();
        });
        waited(&fake, "/db.lck", 60_000).0.unwrap();
        freed.join().unwrap();
    }
}
