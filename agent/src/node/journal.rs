//! The journal: what a run is about to change and how to take it back, on disk before it is done.
//!
//! One file a run, one JSON line an entry. A change is written with its undo and fsynced before it is made; that it is
//! done need not be fsynced, since a change without an end counts as half-way.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    Folder,
    journal_line::{About, Line, State},
    make_parents, sync_parent,
};
use crate::wire::Failure;

/// Runs whose journals and backups are kept.
const KEPT_RUNS: usize = 50;

/// The journal of a run; its file is made with the first entry, so that a run without changes leaves none.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: Folder,
    run: String,
    file: Option<File>,
}

impl Journal {
    pub(crate) fn new(folder: &Folder, run: &str) -> Self {
        Self { folder: folder.clone(), run: run.to_owned(), file: None }
    }

    /// Appends an entry.
    pub(crate) fn write(&mut self, about: About<'_>, state: State<'_>) -> Result<(), Failure> {
        let path = self.path();
        self.append(about, state).map_err(|error| Failure::new(format!("write the journal {}", path.display()), error))
    }

    fn append(&mut self, about: About<'_>, state: State<'_>) -> io::Result<()> {
        let must_last = matches!(state, State::Begun { .. });
        let mut line = serde_json::to_vec(&Line::new(&self.folder, &self.run, about, state))?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.folder, &self.run)?),
        };
        file.write_all(&line)?;
        if must_last { file.sync_data() } else { Ok(()) }
    }

    fn path(&self) -> PathBuf {
        journal_path(&self.folder, &self.run)
    }
}

/// Whether a text may name a run, and so a file.
pub(crate) fn is_run_name(run: &str) -> bool {
    (1..=80).contains(&run.len())
        && !run.starts_with('.')
        && run.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Seconds since 1970; 0 for a clock before that.
pub(crate) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn journal_path(folder: &Folder, run: &str) -> PathBuf {
    folder.journals().join(format!("{run}.jsonl"))
}

fn open(folder: &Folder, run: &str) -> io::Result<File> {
    let path = journal_path(folder, run);
    make_parents(&path, 0o700)?;
    let is_new = !path.exists();
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
    if is_new {
        sync_parent(&path)?;
        forget_old_runs(folder)?;
    }
    Ok(file)
}

/// Takes away all but the newest journals, with the backups of their runs.
fn forget_old_runs(folder: &Folder) -> io::Result<()> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(folder.journals())? {
        let entry = entry?;
        journals.push((entry.metadata()?.modified()?, entry.path()));
    }
    journals.sort();
    let surplus = journals.len().saturating_sub(KEPT_RUNS);
    for (_, path) in journals.drain(..surplus) {
        if let Some(run) = path.file_stem().and_then(|run| run.to_str()).filter(|run| is_run_name(run)) {
            match fs::remove_dir_all(folder.backups(run)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{node::fake::FakeNode, state::ResourceId, wire::Change};

    fn about(resource: &ResourceId) -> About<'_> {
        About { task: "Forward", id: 3, resource, is_secret: false }
    }

    #[test]
    fn a_change_is_on_disk_with_its_undo_before_it_is_made() {
        let fake = FakeNode::new();
        let mut journal = Journal::new(&fake.node.folder, "run-1");
        let id = ResourceId("sysctl net.ipv4.ip_forward".to_owned());
        assert!(!journal.path().exists());
        let changes = [Change::set("sysctl net.ipv4.ip_forward", "0", "1")];
        journal.write(about(&id), State::Begun { changes: &changes, undo: &[] }).unwrap();
        journal.write(about(&id), State::Done).unwrap();
        let text = fs::read_to_string(journal.path()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["state"], "begun");
        assert_eq!(lines[0]["changes"][0]["before"]["value"], "0");
        assert_eq!((lines[1]["state"].as_str(), lines[1]["id"].as_u64()), (Some("done"), Some(3)));
    }

    #[test]
    fn old_runs_go_with_their_backups() {
        let fake = FakeNode::new();
        let folder = &fake.node.folder;
        let id = ResourceId("x".to_owned());
        for run in 0..=KEPT_RUNS {
            let run = format!("run-{run:03}");
            folder.back_up(&run, "/etc/motd", b"").unwrap();
            Journal::new(folder, &run).write(about(&id), State::Done).unwrap();
            // The order is that of the times of last change, which a fast test may leave equal.
            File::options()
                .append(true)
                .open(journal_path(folder, &run))
                .unwrap()
                .set_modified(UNIX_EPOCH + std::time::Duration::from_secs(run[4..].parse().unwrap()))
                .unwrap();
        }
        Journal::new(folder, "run-last").write(about(&id), State::Done).unwrap();
        assert_eq!(fs::read_dir(folder.journals()).unwrap().count(), KEPT_RUNS);
        assert!(!folder.backups("run-000").exists());
        assert!(folder.backups("run-050").exists());
    }

    #[test]
    fn a_run_cannot_name_a_file_elsewhere() {
        assert!(is_run_name("2026-11-23T14.00_a1"));
        for bad in ["", ".", "..", "a/b", "a b", "ü", &"a".repeat(81)] {
            assert!(!is_run_name(bad), "{bad:?}");
        }
    }
}
