//! What a command reported with `--output json`.

use std::{
    fmt,
    process::{Child, Command, Output},
};

use lvs_agent::wire::{Change, Failure};
use serde_json::Value;

use crate::lab::shown;

/// What a command reported with `--output json`, and how it ended.
pub struct Report {
    output: Output,
    lines: Vec<Value>,
}

impl Report {
    /// Runs a command to its end.
    pub fn of(mut command: Command) -> Self {
        Self::new(command.output().expect("start lvsctl"))
    }

    /// Waits for a command's end.
    pub fn wait(child: Child) -> Self {
        Self::new(child.wait_with_output().expect("wait for lvsctl"))
    }

    fn new(output: Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in `{line}`"));
        let lines = text.lines().map(line).collect();
        Self { output, lines }
    }

    /// Fails unless the command ended with this exit status.
    #[track_caller]
    pub fn ends_with(&self, status: i32) {
        assert_eq!(self.output.status.code(), Some(status), "{self}");
    }

    /// The exit status, unless the command was killed.
    pub fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The lines.
    pub fn lines(&self) -> &[Value] {
        &self.lines
    }

    /// All events of a kind.
    pub fn events<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.lines.iter().filter(move |line| line["event"] == kind)
    }

    /// The recap of a host.
    #[track_caller]
    pub fn recap(&self, host: &str) -> &Value {
        let recap = self.hosts().iter().find(|recap| recap["host"] == host);
        recap.unwrap_or_else(|| panic!("no recap of {host}\n{self}"))
    }

    /// In which state a host is: `done`, `untouched`, `half_way`.
    #[track_caller]
    pub fn state(&self, host: &str) -> &str {
        self.recap(host)["state"].as_str().expect("a state is a word")
    }

    /// The recaps of all hosts.
    #[track_caller]
    pub fn hosts(&self) -> &[Value] {
        let recap = self.events("recap").next().unwrap_or_else(|| panic!("no recap\n{self}"));
        recap["hosts"].as_array().expect("a list of hosts")
    }

    /// Fails unless the run ended well and changed nothing on any host.
    #[track_caller]
    pub fn changed_nothing(&self) {
        self.ends_with(0);
        for recap in self.hosts() {
            for (key, expected) in [("changed", 0), ("changes", 0), ("failed", 0)] {
                assert_eq!(recap[key], expected, "{key}\n{self}");
            }
            assert_eq!(recap["state"], "done", "{self}");
        }
    }

    /// The changes on a host, as a person sees them, in their order.
    pub fn changes(&self, host: &str) -> Vec<String> {
        let ends = self.events("task_ended").filter(|end| end["host"] == host);
        let changes = ends.flat_map(|end| end["changes"].as_array().expect("a list of changes"));
        let shown = |change: &Value| serde_json::from_value::<Change>(change.clone()).expect("a change").to_string();
        changes.map(shown).collect()
    }

    /// The changes on all hosts, each with its host in front.
    pub fn all_changes(&self) -> Vec<String> {
        let hosts = self.hosts().iter().map(|recap| recap["host"].as_str().expect("a host is a name"));
        hosts.flat_map(|host| self.changes(host).into_iter().map(move |change| format!("{host}: {change}"))).collect()
    }

    /// What failed on a host first: the task (none where the host could not be reached) and why.
    #[track_caller]
    pub fn failure(&self, host: &str) -> (Option<&str>, Failure) {
        let failed =
            |line: &&Value| line["host"] == host && (line["event"] == "host_unreachable" || line["status"] == "failed");
        let found = self.lines.iter().find(failed).unwrap_or_else(|| panic!("nothing failed on {host}\n{self}"));
        let failure = serde_json::from_value(found["failure"].clone()).expect("a failure");
        (found["task"].as_str(), failure)
    }
}

impl fmt::Display for Report {
    /// For the message of a failed test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.output))
    }
}
