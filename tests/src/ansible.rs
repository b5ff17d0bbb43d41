//! ansible-core, which lvsctl is compared with.

use std::{path::PathBuf, process::Command, sync::OnceLock};

use crate::repository;

/// The virtual environment with ansible-core, installed by `tools/need ansible` where it is missing.
pub fn ansible() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let install = || {
        let need = repository().join("tools/need");
        let output = Command::new(need).arg("ansible").output().expect("start tools/need");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "ansible-core cannot be installed:\n{told}");
        PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim_end())
    };
    FOLDER.get_or_init(install).clone()
}
