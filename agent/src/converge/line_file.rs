//! A line in a file that is shared with the system and its administrator: `/etc/sysctl.d/…`, `/etc/modules-load.d/…`.
//!
//! Only the line in question is touched. A file that is left without any line but our own heading is removed.

use std::{fs, io, path::PathBuf};

use crate::{
    node::{Attributes, Node, make_parents, remove, replace},
    wire::Failure,
};

/// The first line of a file that did not exist before.
const HEADING: &str = "# Kept by lvsctl: it sets and takes away single lines; other lines are left as they are.";

/// A file of lines as it is now.
#[derive(Debug)]
pub(super) struct LineFile {
    /// The path as the node knows it.
    pub(super) name: String,
    path: PathBuf,
    content: Option<(String, Attributes)>,
}

impl LineFile {
    /// Reads the file; one that is not there has no lines.
    pub(super) fn read(node: &Node, name: &str) -> Result<Self, Failure> {
        let path = node.root.resolve(name)?;
        let failed = |error: &dyn std::fmt::Display| Failure::new(format!("read {name}"), error);
        let content = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&error)),
            Ok(metadata) if !metadata.is_file() => {
                return Err(failed(&"it is not a regular file").with_hint("name another file to keep the line in"));
            }
            Ok(metadata) => {
                let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
                Some((text, Attributes::of(&metadata)))
            }
        };
        Ok(Self { name: name.to_owned(), path, content })
    }

    /// The lines that are neither empty nor comments.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text().lines().map(str::trim).filter(|line| is_line(line))
    }

    /// Puts `line` in place of the lines that are `about` the same, or at the end.
    pub(super) fn set(&self, node: &Node, about: impl Fn(&str) -> bool, line: &str) -> Result<(), Failure> {
        let mut lines: Vec<&str> = Vec::new();
        let mut is_set = false;
        for old in self.text().lines() {
            if !(is_line(old.trim()) && about(old.trim())) {
                lines.push(old);
            } else if !is_set {
                is_set = true;
                lines.push(line);
            }
        }
        if self.content.is_none() {
            lines.push(HEADING);
        }
        if !is_set {
            lines.push(line);
        }
        self.write(node, &lines)
    }

    /// Takes away the lines that are `about` something.
    pub(super) fn unset(&self, node: &Node, about: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let lines: Vec<&str> =
            self.text().lines().filter(|line| !(is_line(line.trim()) && about(line.trim()))).collect();
        if lines.iter().all(|line| line.trim().is_empty() || *line == HEADING) {
            self.back_up(node)?;
            return remove(&self.path).map_err(|error| Failure::new(format!("remove {}", self.name), error));
        }
        self.write(node, &lines)
    }

    fn text(&self) -> &str {
        self.content.as_ref().map_or("", |(text, _)| text)
    }

    fn write(&self, node: &Node, lines: &[&str]) -> Result<(), Failure> {
        self.back_up(node)?;
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        let attributes = self.content.as_ref().map_or(Attributes::own(0o644), |(_, attributes)| *attributes);
        make_parents(&self.path, 0o755)
            .and_then(|()| replace(&self.path, text.as_bytes(), attributes))
            .map_err(|error| Failure::new(format!("write {}", self.name), error))
    }

    fn back_up(&self, node: &Node) -> Result<(), Failure> {
        self.content.as_ref().map_or(Ok(()), |(text, _)| node.folder.back_up(&node.run, &self.name, text.as_bytes()))
    }
}

/// Whether a trimmed line says something: sysctl.d(5) and modules-load.d(5) have comments with `#` and `;`.
fn is_line(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(['#', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    const PATH: &str = "/etc/modules-load.d/lvs.conf";

    fn read(fake: &FakeNode) -> LineFile {
        LineFile::read(&fake.node, PATH).unwrap()
    }

    #[test]
    fn a_file_of_ours_comes_and_goes() {
        let fake = FakeNode::new();
        read(&fake).set(&fake.node, |line| line == "ip_vs", "ip_vs").unwrap();
        assert_eq!(fake.read(PATH), format!("{HEADING}\nip_vs\n"));
        read(&fake).unset(&fake.node, |line| line == "ip_vs").unwrap();
        assert!(!fake.at(PATH).exists());
    }

    #[test]
    fn foreign_lines_and_comments_stay() {
        let fake = FakeNode::new();
        fake.write(PATH, "# mine\nloop\n  ip_vs  \n# ip_vs\nip_vs");
        read(&fake).set(&fake.node, |line| line == "ip_vs", "ip_vs").unwrap();
        assert_eq!(fake.read(PATH), "# mine\nloop\nip_vs\n# ip_vs\n");
        read(&fake).unset(&fake.node, |line| line == "ip_vs").unwrap();
        assert_eq!(fake.read(PATH), "# mine\nloop\n# ip_vs\n");
    }

    #[test]
    fn a_link_is_not_written_through() {
        let fake = FakeNode::new();
        fake.write("/etc/sysctl.conf", "a = 1\n");
        fs::create_dir_all(fake.at("/etc/modules-load.d")).unwrap();
        std::os::unix::fs::symlink("../sysctl.conf", fake.at(PATH)).unwrap();
        assert!(LineFile::read(&fake.node, PATH).unwrap_err().hint.is_some());
    }
}
