//! A folder with a user's files, and the command run in it.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// A folder with a user's files, and the command run in it. A bug report becomes ten lines of this.
pub struct Scenario {
    folder: TempDir,
}

/// How the command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status.
    pub status: i32,
    /// What it printed on standard output.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// An empty folder. It holds an ssh configuration (`ssh_config`) by which every attempt to contact a node leaves the
    /// file `contacted` and fails.
    pub fn new() -> Self {
        let scenario = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let trace = scenario.path("contacted");
        scenario.file("ssh_config", &format!("Host *\n  ProxyCommand sh -c 'echo %h >> {}; exit 1'\n", trace.display()))
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("make the file's folder");
        fs::write(path, text).expect("write a file of the scenario");
        self
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Whether a node was contacted.
    pub fn contacted(&self) -> bool {
        self.path("contacted").exists()
    }

    /// Runs `lvsctl` in the folder, with nothing of this machine's configuration.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        run(Command::new(crate::lvsctl()).args(arguments).current_dir(self.folder.path()), self.folder.path())
    }
}

pub(crate) fn run(command: &mut Command, home: &Path) -> Outcome {
    let output = command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_STATE_HOME", home.join(".state"))
        .env_remove("LVSCTL_INVENTORY")
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("start lvsctl");
    Outcome {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
