//! Ansible itself, to compare with: ansible-core in the cache folder, installed by `tools/need ansible`.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use serde_json::json;

use crate::{Outcome, repository};

/// Commands of Ansible that are run together, which takes a tenth of the time.
#[derive(Debug)]
pub struct Ansible {
    folder: PathBuf,
}

/// One command of Ansible.
#[derive(Clone, Debug)]
pub struct AnsibleCommand {
    /// `ansible-inventory`, `ansible` or `ansible-vault`.
    pub program: &'static str,
    /// The folder it is run in.
    pub folder: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Ansible {
    /// Installs it where it is missing.
    pub fn install() -> Self {
        let output = Command::new(repository().join("tools/need"))
            .arg("ansible")
            .stderr(Stdio::inherit())
            .output()
            .expect("start tools/need");
        assert!(output.status.success(), "tools/need could not install Ansible");
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Self { folder }
    }

    /// Its Python.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Runs them, and gives how each ended, in the same order.
    pub fn run(&self, commands: &[AnsibleCommand]) -> Vec<Outcome> {
        let at_a_time = thread::available_parallelism().map_or(1, usize::from);
        let share = commands.len().div_ceil(at_a_time).max(1);
        thread::scope(|scope| {
            let parts: Vec<_> = commands.chunks(share).map(|part| scope.spawn(|| self.run_part(part))).collect();
            parts.into_iter().flat_map(|part| part.join().expect("the commands were run")).collect()
        })
    }

    fn run_part(&self, commands: &[AnsibleCommand]) -> Vec<Outcome> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ansible_commands.py");
        let home = tempfile::tempdir().expect("a temporary folder");
        let configuration = home.path().join("ansible.cfg");
        fs::write(&configuration, "").expect("write an empty configuration");
        let mut child = Command::new(self.python())
            .arg(script)
            .env("HOME", home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("ANSIBLE_CONFIG", &configuration)
            .env("ANSIBLE_NOCOLOR", "1")
            .env("ANSIBLE_LOCAL_TEMP", home.path())
            .env("COLUMNS", "1000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start Python");
        let mut lines = String::new();
        for AnsibleCommand { program, folder, arguments } in commands {
            let line = json!({ "program": program, "folder": folder, "arguments": arguments });
            writeln!(lines, "{line}").expect("writing to a string cannot fail");
        }
        let mut stdin = child.stdin.take().expect("it was asked for as a pipe");
        // The answers are read at the same time: neither side may wait for the other to empty a full pipe.
        let writer = thread::spawn(move || stdin.write_all(lines.as_bytes()));
        let output = child.wait_with_output().expect("wait for Python");
        writer.join().expect("the writer does not panic").expect("write to Python");
        let text = String::from_utf8_lossy(&output.stdout);
        let outcomes: Vec<Outcome> = text.lines().map(outcome).collect();
        assert_eq!(outcomes.len(), commands.len(), "Python answered for each command");
        outcomes
    }
}

fn outcome(line: &str) -> Outcome {
    let answer: serde_json::Value = serde_json::from_str(line).expect("a line of JSON for each command");
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let status = answer["status"].as_i64().and_then(|status| i32::try_from(status).ok()).unwrap_or(-1);
    Outcome { status, stdout: text("stdout"), stderr: text("stderr") }
}
