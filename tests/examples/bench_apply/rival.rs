//! Who rolls out.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use lvsctl_tests::{Ansible, repository};

/// Who rolls out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rival {
    /// lvsctl.
    Lvsctl,
    /// pyinfra.
    Pyinfra,
    /// ansible-core with mitogen's strategy.
    Mitogen,
    /// ansible-core.
    Ansible,
}

/// Where the others are, with the versions that `tools/need` pins.
pub(super) struct Rivals {
    ansible: PathBuf,
    others: PathBuf,
}

impl Rivals {
    /// Installs what is missing.
    pub(super) fn install() -> Self {
        let output = Command::new(repository().join("tools/need"))
            .arg("rivals")
            .stderr(Stdio::inherit())
            .output()
            .expect("start tools/need");
        assert!(output.status.success(), "tools/need could not install what lvsctl is measured against");
        let others = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Self { ansible: Ansible::install().python().with_file_name("ansible-playbook"), others }
    }

    /// Ansible's program.
    pub(super) fn ansible_playbook(&self) -> &Path {
        &self.ansible
    }

    /// pyinfra's program.
    pub(super) fn pyinfra(&self) -> PathBuf {
        self.others.join("bin/pyinfra")
    }

    /// mitogen's strategies, for `ansible.cfg`.
    pub(super) fn mitogen_strategies(&self) -> String {
        let program = "import ansible_mitogen.plugins.strategy as s; print(*s.__path__)";
        // Ansible itself is not in that environment, which only its strategies themselves import.
        let output = Command::new(self.others.join("bin/python")).args(["-c", program]).output().expect("start Python");
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(Path::new(&path).is_dir(), "mitogen is not in {}", self.others.display());
        path
    }
}

impl fmt::Display for Rival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lvsctl => "lvsctl",
            Self::Pyinfra => "pyinfra",
            Self::Mitogen => "ansible-core with mitogen",
            Self::Ansible => "ansible-core",
        })
    }
}
