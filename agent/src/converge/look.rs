//! Looking at a node: ping, stat and slurp.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustix::fs::{Access, access};
use serde_json::Value;

use super::file::read_content;
use crate::{
    node::{Accounts, Database, Node},
    state::{Checksum, Look},
    wire::{Failure, Values},
};

/// What is seen.
pub(super) fn look(node: &Node, look: &Look) -> Result<Values, Failure> {
    let mut values = Values::new();
    match look {
        Look::Ping => {
            values.insert("ping".to_owned(), "pong".into());
        }
        Look::Stat { path, follow, checksum } => {
            values.insert("stat".to_owned(), stat(node, path, *follow, *checksum)?.into());
        }
        Look::Slurp { path, sums, may_be_missing } => {
            let file = node.root.resolve(path)?;
            if *may_be_missing && !file.exists() {
                let message = "the remote file does not exist, not transferring, ignored";
                values.insert("msg".to_owned(), message.into());
                return Ok(values);
            }
            let failed = |came_back: String| Failure::new(format!("read {path}"), came_back);
            let content = read_content(&file).map_err(failed)?;
            for (name, checksum) in [("checksum", Checksum::Sha1), ("md5sum", Checksum::Md5)] {
                if *sums {
                    let sum = checksum.of(&mut content.as_slice()).map_err(|error| failed(error.to_string()))?;
                    values.insert(name.to_owned(), sum.into());
                }
            }
            values.insert("content".to_owned(), STANDARD.encode(content).into());
            values.insert("encoding".to_owned(), "base64".into());
            values.insert("source".to_owned(), path.as_str().into());
        }
    }
    Ok(values)
}

fn stat(node: &Node, name: &str, follow: bool, checksum: Option<Checksum>) -> Result<Values, Failure> {
    let path = node.root.resolve(name)?;
    let failed = |error: io::Error| Failure::new(format!("look at {name}"), error);
    let mut values = Values::new();
    let metadata = if follow { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
    let metadata = match metadata {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            values.insert("exists".to_owned(), false.into());
            return Ok(values);
        }
        other => other.map_err(failed)?,
    };
    let mut tell = |name: &str, value: Value| values.insert(name.to_owned(), value);
    tell("exists", true.into());
    tell("path", name.into());
    tell_metadata(&metadata, &mut tell);
    for (name, kind) in
        [("readable", Access::READ_OK), ("writeable", Access::WRITE_OK), ("executable", Access::EXEC_OK)]
    {
        tell(name, access(&path, kind).is_ok().into());
    }
    if metadata.is_symlink() {
        let target = fs::read_link(&path).map_err(failed)?;
        tell("lnk_source", node.root.follow(name)?.into());
        tell("lnk_target", target.to_string_lossy().into());
    }
    for (name, database, id) in
        [("pw_name", Database::Users, metadata.uid()), ("gr_name", Database::Groups, metadata.gid())]
    {
        let account = Accounts::read(&node.root, database).name(id);
        if account != id.to_string() {
            tell(name, account.into());
        }
    }
    if let Some(checksum) = checksum.filter(|_| metadata.is_file()) {
        tell("checksum", checksum.of_file(&path).map_err(failed)?.into());
    }
    Ok(values)
}

fn tell_metadata(metadata: &Metadata, tell: &mut dyn FnMut(&str, Value) -> Option<Value>) {
    let (kind, mode) = (metadata.file_type(), metadata.mode());
    tell("mode", format!("{:04o}", mode & 0o7777).into());
    for (name, is) in [
        ("isdir", kind.is_dir()),
        ("ischr", kind.is_char_device()),
        ("isblk", kind.is_block_device()),
        ("isreg", kind.is_file()),
        ("isfifo", kind.is_fifo()),
        ("islnk", kind.is_symlink()),
        ("issock", kind.is_socket()),
    ] {
        tell(name, is.into());
    }
    for (name, number) in [
        ("uid", metadata.uid().into()),
        ("gid", metadata.gid().into()),
        ("size", metadata.size()),
        ("inode", metadata.ino()),
        ("dev", metadata.dev()),
        ("nlink", metadata.nlink()),
        ("blocks", metadata.blocks()),
        ("block_size", metadata.blksize()),
        ("device_type", metadata.rdev()),
    ] {
        tell(name, number.into());
    }
    for (name, seconds, nanoseconds) in [
        ("atime", metadata.atime(), metadata.atime_nsec()),
        ("mtime", metadata.mtime(), metadata.mtime_nsec()),
        ("ctime", metadata.ctime(), metadata.ctime_nsec()),
    ] {
        tell(name, time(seconds, nanoseconds));
    }
    for (name, bit) in [
        ("rusr", 0o400),
        ("wusr", 0o200),
        ("xusr", 0o100),
        ("rgrp", 0o040),
        ("wgrp", 0o020),
        ("xgrp", 0o010),
        ("roth", 0o004),
        ("woth", 0o002),
        ("xoth", 0o001),
        ("isuid", 0o4000),
        ("isgid", 0o2000),
    ] {
        tell(name, (mode & bit != 0).into());
    }
}

/// Seconds with a fraction, as Python has them.
#[expect(clippy::cast_precision_loss, reason = "Python's own float of the same time is as exact")]
fn time(seconds: i64, nanoseconds: i64) -> Value {
    Value::from(seconds as f64 + nanoseconds as f64 * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::fake::FakeNode;

    fn stat(fake: &FakeNode, path: &str, follow: bool) -> Value {
        let asked = Look::Stat { path: path.to_owned(), follow, checksum: Some(Checksum::Sha1) };
        look(&fake.node, &asked).unwrap().remove("stat").unwrap()
    }

    #[test]
    fn a_file_a_folder_a_link_and_nothing_are_told_apart() {
        let fake = FakeNode::new();
        fake.write("/etc/motd", "hello\n");
        std::os::unix::fs::symlink("/etc/motd", fake.at("/link")).unwrap();
        let file = stat(&fake, "/etc/motd", false);
        assert_eq!((&file["isreg"], &file["size"], &file["mode"]), (&true.into(), &6.into(), &"0644".into()));
        assert_eq!(file["checksum"], "f572d396fae9206628714fb2ce00f72e94f2258f");
        assert_eq!(stat(&fake, "/etc", false)["isdir"], true);
        let link = stat(&fake, "/link", false);
        assert_eq!((&link["islnk"], &link["lnk_source"]), (&true.into(), &"/etc/motd".into()));
        assert_eq!(stat(&fake, "/not-there", true), serde_json::json!({ "exists": false }));
    }

    #[test]
    fn a_file_is_slurped_in_base64() {
        let fake = FakeNode::new();
        fake.write("/motd", "\u{0}hello");
        let slurp = |path: &str, may_be_missing| {
            look(&fake.node, &Look::Slurp { path: path.to_owned(), sums: true, may_be_missing })
        };
        let values = slurp("/motd", false).unwrap();
        assert_eq!(values["content"], "AGhlbGxv");
        assert_eq!(values["checksum"].as_str().unwrap().len(), 40);
        assert!(slurp("/not-there", false).is_err());
        assert!(slurp("/not-there", true).unwrap()["msg"].as_str().unwrap().contains("ignored"));
    }
}
