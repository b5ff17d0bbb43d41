//! What is in an archive, in a folder. Whether it is there is for tar(1) itself to say (`--diff`), and for unzip(1) by
//! names and sizes.

use std::{cell::OnceCell, fs, io::Read, path::PathBuf};

use crate::{
    converge::Converge,
    node::{Attributes, Node, replace},
    process::Program,
    state::{Archive, ArchiveSource, Resource},
    wire::{Change, Failure, Side, Stream, Values},
};

/// What tar says of differences that do not count where owner or group are set: the times do.
const IGNORED: [&str; 3] = ["Uid differs", "Gid differs", "Mode differs"];

/// An archive on its node.
#[derive(Debug)]
pub(in crate::converge) struct Unpacking<'a> {
    node: &'a Node,
    archive: &'a Archive,
    /// A copy of the archive, while it is needed.
    copy: OnceCell<PathBuf>,
}

/// What of it is in the folder.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// What differs; nothing where its work is done.
    different: Vec<String>,
    files: Vec<String>,
}

impl<'a> Unpacking<'a> {
    pub(in crate::converge) fn new(node: &'a Node, archive: &'a Archive) -> Self {
        Self { node, archive, copy: OnceCell::new() }
    }

    fn tried(&self) -> String {
        format!("unpack into {}", self.archive.dest)
    }

    /// Where the archive is on the node.
    fn path(&self) -> Result<PathBuf, Failure> {
        match &self.archive.source {
            ArchiveSource::Path(path) => self.node.root.resolve(path),
            ArchiveSource::Content(content) => {
                if let Some(copy) = self.copy.get() {
                    return Ok(copy.clone());
                }
                let copy = self.node.folder.scratch("archive");
                replace(&copy, &content.0, Attributes::own(0o600))
                    .map_err(|error| Failure::new(self.tried(), error))?;
                Ok(self.copy.get_or_init(|| copy).clone())
            }
        }
    }

    fn is_zip(&self) -> Result<bool, Failure> {
        let mut magic = [0; 4];
        let read = fs::File::open(self.path()?).and_then(|mut file| file.read(&mut magic));
        read.map(|_| magic == *b"PK\x03\x04" || magic == *b"PK\x05\x06").map_err(|error| {
            Failure::new(self.tried(), error).with_hint("see that the archive is there and can be read")
        })
    }

    /// tar with what is told in every case.
    fn tar(&self, verb: &str) -> Result<Program, Failure> {
        let Archive { dest, include, exclude, options, owner, group, .. } = self.archive;
        let dest = self.node.root.resolve(dest)?;
        let mut argv = vec!["tar".to_owned(), verb.to_owned(), "-C".to_owned(), dest.display().to_string()];
        argv.extend(options.iter().cloned());
        argv.extend(owner.iter().map(|owner| format!("--owner={owner}")));
        argv.extend(group.iter().map(|group| format!("--group={group}")));
        argv.extend(exclude.iter().map(|pattern| format!("--exclude={pattern}")));
        argv.extend(["-f".to_owned(), self.path()?.display().to_string()]);
        argv.extend(include.iter().cloned());
        Ok(Program::new(&self.node.root, argv))
    }

    fn unzip(&self, options: &[&str]) -> Result<Program, Failure> {
        let Archive { dest, include, exclude, .. } = self.archive;
        let mut argv: Vec<String> = ["unzip"].iter().chain(options).map(|word| (*word).to_owned()).collect();
        if options.first() == Some(&"-o") {
            argv.extend(self.archive.options.iter().cloned());
        }
        argv.push(self.path()?.display().to_string());
        argv.extend(include.iter().cloned());
        if !exclude.is_empty() {
            argv.push("-x".to_owned());
            argv.extend(exclude.iter().cloned());
        }
        if options.first() == Some(&"-o") {
            argv.extend(["-d".to_owned(), self.node.root.resolve(dest)?.display().to_string()]);
        }
        Ok(Program::new(&self.node.root, argv))
    }

    fn look_at_zip(&self) -> Result<Unpacked, Failure> {
        let failed = |error: crate::process::ProgramError| {
            error.into_failure(self.tried()).with_hint("see that unzip is installed on the node")
        };
        // `-l` has columns: length, date, time, name.
        let text = self.unzip(&["-lqq"])?.read().map_err(failed)?;
        let (mut different, mut files) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let mut rest = line.trim_start();
            let mut column = || {
                let (word, after) = rest.split_once(char::is_whitespace)?;
                rest = after.trim_start();
                Some(word)
            };
            let (Some(length), Some(_), Some(_)) = (column(), column(), column()) else { continue };
            let (length, name) = (length.parse::<u64>().unwrap_or(u64::MAX), rest.to_owned());
            let path = self.node.root.resolve(&format!("{}/{name}", self.archive.dest.trim_end_matches('/')))?;
            let is_there = match fs::symlink_metadata(&path) {
                Ok(metadata) if name.ends_with('/') => metadata.is_dir(),
                Ok(metadata) => metadata.len() == length,
                Err(_) => false,
            };
            if !is_there {
                different.push(name.clone());
            }
            files.push(name);
        }
        Ok(Unpacked { different, files })
    }

    fn look_at_tar(&self) -> Result<Unpacked, Failure> {
        let failed = |error: crate::process::ProgramError| {
            error
                .into_failure(self.tried())
                .with_hint("see that tar, and what the archive is packed with, is on the node")
        };
        let files = self.tar("--list")?.read().map_err(failed)?.lines().map(str::to_owned).collect();
        let mut different = Vec::new();
        let compared = self.tar("--diff")?.run(&mut |_, line| {
            // `NAME: Mod time differs`, `tar: NAME: Warning: Cannot stat: No such file or directory`
            let counts = !(self.archive.owner.is_some() || self.archive.group.is_some())
                || !IGNORED.iter().any(|ignored| line.ends_with(ignored));
            if counts && !line.ends_with("Exiting with failure status due to previous errors") {
                different.push(line.to_owned());
            }
        });
        match compared {
            Err(error) if error.code() == Some(1) || !different.is_empty() => {}
            other => other.map_err(failed)?,
        }
        Ok(Unpacked { different, files })
    }
}

impl Drop for Unpacking<'_> {
    fn drop(&mut self) {
        if let Some(copy) = self.copy.get() {
            // It is in the agent's own folder; one that stays is written over by the next.
            let _ = fs::remove_file(copy);
        }
    }
}

impl Converge for Unpacking<'_> {
    type Live = Unpacked;

    fn query(&self) -> Result<Unpacked, Failure> {
        let done = Unpacked { different: Vec::new(), files: Vec::new() };
        if let Some(creates) = &self.archive.creates
            && self.node.root.resolve(creates)?.symlink_metadata().is_ok()
        {
            return Ok(done);
        }
        if !self.node.root.resolve(&self.archive.dest)?.is_dir() {
            return Err(Failure::new(self.tried(), "there is no such folder")
                .with_hint("make it first: a file step with `state: directory`"));
        }
        if self.is_zip()? { self.look_at_zip() } else { self.look_at_tar() }
    }

    fn diff(&self, live: &Unpacked) -> Vec<Change> {
        match live.different.len() {
            0 => Vec::new(),
            count => {
                let after = Side::Value(format!("{count} of {} from the archive", live.files.len()));
                vec![Change { subject: format!("directory {}", self.archive.dest), before: Side::Present, after }]
            }
        }
    }

    fn apply(&self, _: &Unpacked, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let program = if self.is_zip()? { self.unzip(&["-o"])? } else { self.tar("--extract")? };
        program.run(output).map_err(|error| error.into_failure(self.tried()))
    }

    fn undo(&self, _: &Unpacked) -> Vec<Resource> {
        // What it wrote over is not known without unpacking it twice.
        Vec::new()
    }

    fn result(&self, _: &Unpacked, live: &Unpacked) -> Values {
        let mut values = Values::new();
        values.insert("dest".to_owned(), self.archive.dest.as_str().into());
        if let ArchiveSource::Path(path) = &self.archive.source {
            values.insert("src".to_owned(), path.as_str().into());
        }
        if self.archive.lists {
            values.insert("files".to_owned(), live.files.as_slice().into());
        }
        values
    }
}
