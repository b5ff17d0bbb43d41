//! The console of a node, which is a file. The boot script writes to it when the node is ready.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
};

use crate::lab::tool;

/// The console log of a node from some point on.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    path: PathBuf,
    from: u64,
}

impl Console {
    /// The whole log.
    pub(crate) fn whole(path: PathBuf) -> Self {
        Self { path, from: 0 }
    }

    /// What is written from now on.
    pub(crate) fn from_now(path: PathBuf) -> Self {
        let from = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Self { path, from }
    }

    /// The text. Kernels write what they like, so it need not be UTF-8.
    pub(crate) fn text(&self) -> String {
        let mut bytes = Vec::new();
        let read = fs::File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.from))?;
            file.read_to_end(&mut bytes)
        });
        // No console yet is an empty console.
        let _ = read;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The boot id of the last boot that came to its end.
    pub(crate) fn ready(&self) -> Option<String> {
        boot_id(&self.text())
    }

    /// The last lines, for an error; of a panic, those around its message, since a long stack trace follows.
    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        match text.find("Kernel panic") {
            Some(panic) => {
                tool::tail(text[panic..].split_once('\n').map_or(&text, |(line, _)| &text[..panic + line.len()]), 8)
            }
            None => tool::tail(&text, 12),
        }
    }
}

/// `lab: web1 ready boot_id=…`, unless a later boot is under way.
fn boot_id(text: &str) -> Option<String> {
    let line = text.lines().rev().find(|line| line.starts_with("lab: "))?;
    let (before, id) = line.split_once(" boot_id=")?;
    before.ends_with(" ready").then(|| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_ready_when_its_last_boot_said_so() {
        let boot = "lab: web1 answers ssh boot_id=a\nStarting nginx\nlab: web1 ready boot_id=a\n";
        assert_eq!(boot_id(boot).as_deref(), Some("a"));
        let again = format!("{boot}reboot: Restarting system\nlab: a kernel starts\n");
        assert_eq!(boot_id(&again), None);
        assert_eq!(boot_id(&format!("{again}lab: web1 answers ssh boot_id=b\n")), None);
        assert_eq!(boot_id("Kernel panic\n"), None);
    }
}
