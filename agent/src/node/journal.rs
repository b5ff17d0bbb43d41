//! The journal: what a run is about to change and how to take it back, on disk before it is done.
//!
//! One file a run, one JSON line an entry. A change is written with its undo and fsynced before it is made; that it is
//! done need not be fsynced, since a change without an end counts as half-way.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    Folder,
    journal_line::{About, Line, Past, State},
    make_parents, sync_parent,
};
use crate::{
    state::ResourceId,
    wire::{Failure, PastRun, is_run_name},
};

/// Runs whose journals and backups are kept.
const KEPT_RUNS: usize = 50;

/// The journal of a run; its file is made with the first entry, so that a run without changes leaves none.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: Folder,
    run: String,
    operator: String,
    file: Option<File>,
    is_dispensable: bool,
}

impl Journal {
    pub(crate) fn new(folder: &Folder, run: &str) -> Self {
        Self { folder: folder.clone(), run: run.to_owned(), operator: String::new(), file: None, is_dispensable: false }
    }

    /// Says in it whose run it is.
    pub(crate) fn of(self, operator: &str) -> Self {
        Self { operator: operator.to_owned(), ..self }
    }

    /// What is written in it can be done without it: a full disk must not keep a node from being reached again.
    pub(crate) fn dispensable(self) -> Self {
        Self { is_dispensable: true, ..self }
    }

    /// Appends an entry.
    pub(crate) fn write(&mut self, about: About<'_>, state: State<'_>) -> Result<(), Failure> {
        let path = self.path();
        match self.append(about, state) {
            Err(error) if !self.is_dispensable => {
                Err(Failure::new(format!("write the journal {}", path.display()), error))
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, about: About<'_>, state: State<'_>) -> io::Result<()> {
        let must_last = matches!(state, State::Begun { .. } | State::TakenBack);
        let mut line = serde_json::to_vec(&Line::new(&self.folder, [&self.run, &self.operator], about, state))?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.folder, &self.run)?),
        };
        let length = file.metadata()?.len();
        let written = file.write_all(&line).and_then(|()| if must_last { file.sync_data() } else { Ok(()) });
        if written.is_err() {
            // Half of a line, on a disk that is full, would make one with the next.
            let _ = file.set_len(length);
        }
        written
    }

    /// A run, with its changes, the oldest first; one that is not there changed nothing. A last line that a power cut left
    /// half-written is of a change that was not begun.
    pub(crate) fn read(folder: &Folder, run: &str) -> Result<Past, Failure> {
        let path = journal_path(folder, run);
        let failed =
            |error: &dyn std::fmt::Display| Failure::new(format!("read the journal {}", path.display()), error);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Past::default()),
            text => text.map_err(|error| failed(&error))?,
        };
        let mut past = Past::default();
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            past.add(line).map_err(|error| failed(&error))?;
        }
        Ok(past)
    }

    /// All runs of which there is a journal, by name.
    pub(crate) fn history(folder: &Folder) -> Result<Vec<PastRun>, Failure> {
        let journals = match fs::read_dir(folder.journals()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            journals => journals.map_err(|error| Failure::new("read the journals", error))?,
        };
        let mut runs: Vec<String> = journals.flatten().filter_map(|entry| run_of(&entry.path())).collect();
        runs.sort_unstable();
        runs.into_iter().map(|run| Ok(Self::read(folder, &run)?.sum(run))).collect()
    }

    /// Says at the end of a run's journal that the run was taken back.
    pub(crate) fn taken_back(folder: &Folder, run: &str) -> Result<(), Failure> {
        let resource = &ResourceId(format!("run {run}"));
        let about = About { task: "take the run back", id: 0, resource, is_secret: false, was_pruned: false };
        Self::new(folder, run).write(about, State::TakenBack)
    }

    fn path(&self) -> PathBuf {
        journal_path(&self.folder, &self.run)
    }
}

/// Seconds since 1970; 0 for a clock before that.
pub(super) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn journal_path(folder: &Folder, run: &str) -> PathBuf {
    folder.journals().join(format!("{run}.jsonl"))
}

/// The run of which a file is the journal.
fn run_of(path: &Path) -> Option<String> {
    path.file_stem().and_then(|run| run.to_str()).filter(|run| is_run_name(run)).map(str::to_owned)
}

fn open(folder: &Folder, run: &str) -> io::Result<File> {
    let path = journal_path(folder, run);
    make_parents(&path, 0o700)?;
    let is_new = !path.exists();
    if is_new {
        // First: a journal that is there says that this was done.
        folder.keep_owned(run)?;
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
    if is_new {
        sync_parent(&path)?;
        forget_old_runs(folder, file.metadata()?.modified()?)?;
    }
    Ok(file)
}

/// Takes away all but the newest journals, with the backups of their runs. A time that is still to come was told by a
/// clock that was wrong.
fn forget_old_runs(folder: &Folder, now: SystemTime) -> io::Result<()> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(folder.journals())? {
        let entry = entry?;
        let at = entry.metadata()?.modified()?;
        journals.push((Some(at).filter(|at| *at <= now), entry.path()));
    }
    journals.sort_unstable();
    let surplus = journals.len().saturating_sub(KEPT_RUNS);
    for (_, path) in journals.drain(..surplus) {
        if let Some(run) = run_of(&path) {
            match fs::remove_dir_all(folder.backups(&run)) {
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
        About { task: "Forward", id: 3, resource, is_secret: false, was_pruned: false }
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
    fn what_was_begun_is_read_back_and_a_torn_line_is_not() {
        let fake = FakeNode::new();
        let folder = &fake.node.folder;
        folder.back_up("run-1", "/etc/secret", b"old").unwrap();
        let mut journal = Journal::new(folder, "run-1");
        let id = ResourceId("file /etc/secret".to_owned());
        let kind = crate::state::FileKind::Content("old".into());
        let (owner, group) = (Some("root".to_owned()), None);
        let before = crate::state::File {
            path: "/etc/secret".to_owned(),
            kind,
            owner,
            group,
            mode: Some(crate::state::Mode::from(0o600)),
            sensitive: true,
            handling: crate::state::Handling::default(),
        };
        let before = crate::state::Resource::File(before);
        journal.write(about(&id), State::Begun { changes: &[], undo: std::slice::from_ref(&before) }).unwrap();
        journal.write(about(&id), State::Done).unwrap();
        let mut file = File::options().append(true).open(journal.path()).unwrap();
        file.write_all(b"{\"run\": \"run-1").unwrap();
        let entries = Journal::read(folder, "run-1").unwrap().entries;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].undo(), [Ok(before)]);
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
    fn a_run_is_kept_though_the_clock_was_ahead_when_others_were_made() {
        let fake = FakeNode::new();
        let folder = &fake.node.folder;
        let id = ResourceId("x".to_owned());
        for run in 0..KEPT_RUNS {
            let run = format!("run-{run:03}");
            Journal::new(folder, &run).write(about(&id), State::Done).unwrap();
            let ahead = SystemTime::now() + std::time::Duration::from_hours(24_000);
            File::options().append(true).open(journal_path(folder, &run)).unwrap().set_modified(ahead).unwrap();
        }
        for run in ["now-1", "now-2"] {
            Journal::new(folder, run).write(about(&id), State::Done).unwrap();
        }
        let runs: Vec<String> = Journal::history(folder).unwrap().into_iter().map(|past| past.run).collect();
        assert_eq!(runs.len(), KEPT_RUNS);
        assert!(runs.contains(&"now-1".to_owned()) && runs.contains(&"now-2".to_owned()), "{runs:?}");
    }

    #[test]
    fn a_full_disk_is_told_unless_it_can_be_done_without() {
        let fake = FakeNode::new();
        let folder = &fake.node.folder;
        let id = ResourceId("x".to_owned());
        let mut journal = Journal::new(folder, "run-1");
        let begun = State::Begun { changes: &[], undo: &[] };
        journal.write(about(&id), begun).unwrap();
        let size = fs::metadata(journal.path()).unwrap().len();
        // A device that is always full stands for the disk.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let file = journal.file.replace(full);
        let failure = journal.write(about(&id), State::Done).unwrap_err();
        assert!(failure.came_back.contains("No space left on device"), "{failure:?}");
        journal.file = file;
        assert_eq!(fs::metadata(journal.path()).unwrap().len(), size);
        Journal { is_dispensable: true, file: OpenOptions::new().write(true).open("/dev/full").ok(), ..journal }
            .write(about(&id), State::Done)
            .unwrap();
    }

    #[test]
    fn a_run_cannot_name_a_file_elsewhere() {
        assert!(is_run_name("2026-11-23T14.00_a1"));
        for bad in ["", ".", "..", "a/b", "a b", "ü", &"a".repeat(81)] {
            assert!(!is_run_name(bad), "{bad:?}");
        }
    }
}
