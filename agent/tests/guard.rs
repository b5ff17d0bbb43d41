//! The real agent and its guardian: what is not confirmed is taken back.
//!
//! What cuts the connection is told by a command's words, so none is cut here. And since what is taken back is the network
//! of the whole machine, each agent has a network namespace of its own, which no root is needed for.
#![expect(clippy::unwrap_used, clippy::panic, reason = "everything here is a test")]

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use lvs_agent::{
    state::{self, FileKind, Resource},
    wire::{Batch, Confirmation, Event, Hello, Mode, Outcome, PROTOCOL, Request, RolledBack, Status, Step},
};

const RUN: &str = "run-1";

/// An agent, and a file that its runs write to.
struct Agent {
    folder: PathBuf,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Agent {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new("unshare")
            .args(["--user", "--map-root-user", "--net", env!("CARGO_BIN_EXE_lvs-agent"), "serve", "--folder"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { folder: folder.to_owned(), child, output }
    }

    /// Says hello, and returns what was taken back before.
    fn hello(&mut self, run: &str, seconds: u32) -> Option<RolledBack> {
        let (operator, run, version) = ("alice@a".to_owned(), run.to_owned(), "0".to_owned());
        let hello = Hello { protocol: PROTOCOL, version, operator, run, lock: true, guard_seconds: Some(seconds) };
        self.say(&Request::Hello(hello));
        match self.hear() {
            Some(Event::Hello { rolled_back, .. }) => rolled_back.map(|told| *told),
            other => panic!("{other:?}"),
        }
    }

    fn say(&mut self, request: &Request) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{}", serde_json::to_string(request).unwrap()).unwrap();
    }

    fn hear(&mut self) -> Option<Event> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        (!line.is_empty()).then(|| serde_json::from_str(&line).unwrap())
    }

    /// Has a file written and then a command run that may cut the connection.
    fn write_and_cut(&mut self, file: &Path) {
        let resources = [content(file, "new"), command(&["true", "ip", "link", "set", "dev", "nowhere", "down"])];
        let steps = (1..).zip(resources).map(|(id, resource)| Step {
            environment: std::collections::BTreeMap::new(),
            id,
            task: "Test".to_owned(),
            tag: Some("test".to_owned()),
            sensitive: false,
            resource,
        });
        self.say(&Request::Run(Batch { mode: Mode::Apply, steps: steps.collect() }));
    }

    /// One that has written the file, and waits for ten minutes to be confirmed.
    fn waiting(folder: &Path, file: &Path) -> Self {
        let mut agent = Self::start(folder);
        agent.hello(RUN, 600);
        agent.write_and_cut(file);
        agent.until_it_waits();
        agent
    }

    /// Hears on until the agent waits to be confirmed.
    fn until_it_waits(&mut self) {
        while !matches!(self.hear(), Some(Event::Confirm { .. })) {}
    }

    /// The outcomes of the batch that is under way.
    fn outcomes(&mut self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        loop {
            match self.hear() {
                Some(Event::Ended { outcome, .. }) => outcomes.push(outcome),
                Some(Event::BatchEnded { .. }) => return outcomes,
                Some(_) => {}
                None => panic!("the agent ended"),
            }
        }
    }

    fn confirm(&self, run: &str) -> Confirmation {
        self.answer("confirm", run)
    }

    fn answer(&self, word: &str, run: &str) -> Confirmation {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lvs-agent"));
        let output = command.args([word, run, "--folder"]).arg(&self.folder).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there are namespaces to be had; without them the machine's own network would be at stake.
fn is_apart() -> bool {
    let apart = Command::new("unshare").args(["--user", "--map-root-user", "--net", "true"]).status();
    let is_apart = apart.is_ok_and(|status| status.success());
    if !is_apart {
        // Past the test harness, which keeps what passing tests print.
        let _ = io::stderr().write_all(b"SKIPPED: this machine gives no network namespace to its users\n");
    }
    is_apart
}

fn content(path: &Path, text: &str) -> Resource {
    Resource::File(state::File::new(path.to_str().unwrap(), FileKind::Content(text.into())))
}

fn command(argv: &[&str]) -> Resource {
    Resource::Command(serde_json::from_value(serde_json::json!({ "argv": argv })).unwrap())
}

/// Waits for a condition, and not for longer than is reasonable.
fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_change_that_is_confirmed_stays() {
    if !is_apart() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let mut agent = Agent::start(&dir.path().join("lvsctl"));
    assert_eq!(agent.hello(RUN, 60), None);
    agent.write_and_cut(&file);
    agent.until_it_waits();
    assert_eq!(agent.confirm("another-run"), Confirmation::Late);
    assert_eq!(agent.confirm(RUN), Confirmation::Confirmed);
    let outcomes = agent.outcomes();
    assert!(outcomes.iter().all(|outcome| outcome.status == Status::Changed), "{outcomes:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert!(!agent.folder.join("armed.json").exists());
    assert_eq!(agent.confirm(RUN), Confirmation::Nothing);
}

#[test]
fn a_change_that_nobody_confirms_is_taken_back_with_all_of_the_run() {
    if !is_apart() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "old").unwrap();
    let mut agent = Agent::start(&dir.path().join("lvsctl"));
    agent.hello(RUN, 5);
    agent.write_and_cut(&file);
    let outcomes = agent.outcomes();
    assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [Status::Changed, Status::TakenBack]);
    let failure = outcomes[1].failure.clone().unwrap();
    assert!(failure.came_back.contains("not confirmed over a fresh connection within 5 s"), "{failure:?}");
    assert!(failure.came_back.contains("has no inverse"), "{failure:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    let Confirmation::RolledBack(told) = agent.confirm(RUN) else { panic!("it is not told") };
    assert_eq!((told.operator.as_str(), told.failures.len()), ("alice@a", 0));
    // What lvsctl made of it is forgotten, too.
    assert!(!agent.folder.join("owned.json").exists());
}

#[test]
fn a_change_that_is_refused_is_taken_back_at_once() {
    if !is_apart() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let mut agent = Agent::waiting(&dir.path().join("lvsctl"), &file);
    assert_eq!(agent.answer("refuse", "another-run"), Confirmation::Late);
    assert!(file.exists());
    assert_eq!(agent.answer("refuse", RUN), Confirmation::Late);
    let failure = agent.outcomes().remove(0).failure.unwrap();
    assert!(failure.came_back.contains("lvsctl did not confirm it; everything that this run changed"), "{failure:?}");
    assert!(!file.exists());
}

#[test]
fn what_a_dead_controller_left_is_taken_back_and_told_to_the_next() {
    if !is_apart() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (file, folder) = (dir.path().join("file"), dir.path().join("lvsctl"));
    let mut agent = Agent::waiting(&folder, &file);
    agent.child.kill().unwrap();
    agent.child.wait().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    // Nobody waits for ten minutes: the next session has it taken back at once.
    let mut next = Agent::start(&folder);
    let told = next.hello("run-2", 600).unwrap();
    assert_eq!((told.run.as_str(), told.failures.len()), (RUN, 0));
    assert!(!file.exists());
    next.say(&Request::Bye);
    assert_eq!(next.hear(), None);
    assert_eq!(Agent::start(&folder).hello("run-3", 600), None);
}

#[test]
fn what_a_power_cut_left_armed_is_resolved_first() {
    if !is_apart() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (file, folder) = (dir.path().join("file"), dir.path().join("lvsctl"));
    let agent = Agent::waiting(&folder, &file);
    // As after a power cut: what was on disk is there, and no process is.
    let copy = dir.path().join("copy");
    let status = Command::new("cp").arg("-a").args([&folder, &copy]).status().unwrap();
    assert!(status.success());
    agent.confirm(RUN);
    fs::remove_file(copy.join("guard.sock")).unwrap();
    let told = Agent::start(&copy).hello("run-2", 600).unwrap();
    assert_eq!(told.run, RUN);
    assert!(!file.exists());
}

#[test]
fn a_guardian_that_is_killed_is_no_confirmation() {
    if !is_apart() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (file, folder) = (dir.path().join("file"), dir.path().join("lvsctl"));
    let mut agent = Agent::waiting(&folder, &file);
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", agent.child.id())).unwrap();
    let status = Command::new("kill").arg("-9").args(children.split_whitespace()).status().unwrap();
    assert!(status.success());
    let outcomes = agent.outcomes();
    assert_eq!(outcomes[0].status, Status::Failed);
    drop(agent);
    let mut next = Agent::start(&folder);
    assert_eq!(next.hello("run-2", 600).unwrap().run, RUN);
    wait_for("the file goes", || !file.exists());
}
