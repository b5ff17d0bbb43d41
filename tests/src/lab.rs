//! A lab of a test's own.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Cluster;

/// A lab of a test's own, with a state folder of its own; it is taken down with the value, also when the test fails.
#[derive(Debug)]
pub struct Lab {
    state: TempDir,
    name: String,
}

impl Lab {
    /// Boots a lab with this many web servers.
    pub fn up(name: &str, webs: u32) -> Self {
        let lab = Self::down(name);
        lab.ok(&["lab", "up", "--nodes", &webs.to_string()]);
        lab
    }

    /// A lab that is not up yet.
    pub fn down(name: &str) -> Self {
        // A short path: the kernels keep control sockets below it.
        let state = tempfile::Builder::new().prefix("lvs").tempdir_in("/tmp").expect("a folder for the lab's state");
        Self { state, name: name.to_owned() }
    }

    /// The lab with the services of another inventory (`examples/dr`).
    pub fn cluster(&self, services: impl AsRef<Path>) -> Cluster<'_> {
        Cluster::new(self, services.as_ref())
    }

    /// A command in the lab's environment.
    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(crate::lvsctl());
        command
            .args(arguments)
            .current_dir(crate::repository())
            .env("XDG_STATE_HOME", self.state.path())
            .env("LVSCTL_LAB", &self.name)
            .env("NO_COLOR", "1")
            .env_remove("LVSCTL_INVENTORY")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command; gives its output, whatever its exit status.
    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Output {
        self.command(arguments).output().expect("start lvsctl")
    }

    /// Runs a command that must succeed; gives its standard output.
    pub fn ok(&self, arguments: &[impl AsRef<OsStr>]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "lvsctl {} failed\n{}", joined(arguments), shown(&output));
        String::from_utf8(output.stdout).expect("standard output is text")
    }

    /// Runs a command that must end with this exit status; gives both outputs as one text.
    pub fn ends_with(&self, status: i32, arguments: &[impl AsRef<OsStr>]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(status), "lvsctl {}\n{}", joined(arguments), shown(&output));
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    /// Starts a command.
    pub fn start(&self, arguments: &[impl AsRef<OsStr>]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start lvsctl")
    }

    /// Runs a shell command on a node that must succeed; gives its standard output.
    pub fn on(&self, node: &str, command: &str) -> String {
        self.ok(&["lab", "exec", node, "--", "sh", "-c", command])
    }

    /// Writes a file on a node.
    pub fn put(&self, node: &str, path: &str, text: &str) {
        let mut command = self.command(&["lab", "exec", node, "--", "dd", "status=none", &format!("of={path}")]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("start lvsctl");
        let written = child.stdin.take().expect("it is a pipe").write_all(text.as_bytes());
        let status = child.wait().expect("wait for lvsctl");
        assert!(written.is_ok() && status.success(), "{path} could not be written on {node}");
    }

    /// The inventory that the lab wrote.
    pub fn inventory(&self) -> String {
        self.ok(&["lab", "status", "--inventory-path"]).trim().to_owned()
    }

    /// The lab's folder: all it has.
    pub fn folder(&self) -> PathBuf {
        self.state.path().join("lvsctl/lab").join(&self.name)
    }

    /// A file of this test's own.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.state.path().join(name);
        fs::write(&path, text).expect("write a file of the test");
        path
    }

    /// Waits until a condition holds; fails after the deadline, saying what was waited for.
    pub fn wait_until(what: &str, deadline: Duration, mut condition: impl FnMut() -> bool) {
        let end = Instant::now() + deadline;
        while !condition() {
            assert!(Instant::now() < end, "waited {} s in vain until {what}", deadline.as_secs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let output = self.run(&["lab", "down"]);
        // A second panic while the first unwinds would hide it.
        assert!(output.status.success() || std::thread::panicking(), "lvsctl lab down failed\n{}", shown(&output));
    }
}

fn joined(arguments: &[impl AsRef<OsStr>]) -> String {
    arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn shown(output: &Output) -> String {
    format!(
        "{}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
