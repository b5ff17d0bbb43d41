//! A file from elsewhere. It is loaded beside its place and put there only when it is whole and right.

use std::{fs, io, path::PathBuf};

use super::curl::{curl, shown};
use crate::{
    converge::{
        Converge, On,
        file::{LiveFile, back_up_beside, read_content},
    },
    node::{Attributes, adopt},
    state::{Download, File, FileKind, Handling, Resource},
    wire::{Change, Failure, Side, Stream, Values},
};

/// The file as it is now.
#[derive(Debug)]
pub(crate) struct LiveDownload {
    name: String,
    path: PathBuf,
    /// Owner and mode of the file that is there.
    file: Option<LiveFile>,
    /// Whether it is to be loaded.
    is_due: bool,
    /// Its content, where it is small enough to be put back.
    present: Option<Vec<u8>>,
}

impl On<'_, Download> {
    /// The same file as if it were there already.
    fn attributes(&self, name: &str) -> File {
        let Download { owner, group, mode, .. } = self.resource.clone();
        File { owner, group, mode, handling: Handling::default(), ..File::new(name, FileKind::Existing) }
    }

    fn name(&self) -> Result<String, Failure> {
        let dest = &self.resource.dest;
        if !dest.ends_with('/') && !self.node.root.resolve(dest)?.is_dir() {
            return self.node.root.follow(dest);
        }
        let url = self.resource.request.url.split(['?', '#']).next().unwrap_or_default();
        let last = url.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or("index.html");
        Ok(format!("{}/{last}", dest.trim_end_matches('/')))
    }

    fn has_checksum(&self, path: &std::path::Path) -> io::Result<bool> {
        match &self.resource.checksum {
            None => Ok(true),
            Some((kind, sum)) => kind.of_file(path).map(|found| found.eq_ignore_ascii_case(sum)),
        }
    }
}

impl Converge for On<'_, Download> {
    type Live = LiveDownload;

    fn query(&self) -> Result<LiveDownload, Failure> {
        let name = self.name()?;
        let path = self.node.root.resolve(&name)?;
        let is_there = path.exists();
        let is_right =
            is_there && self.has_checksum(&path).map_err(|error| Failure::new(format!("look at {name}"), error))?;
        let on = self.attributes(&name);
        let file = if is_there { Some(On { node: self.node, resource: &on }.query()?) } else { None };
        let is_due = !is_right || (self.resource.force && self.resource.checksum.is_none());
        let present = if is_due && is_there { read_content(&path).ok() } else { None };
        Ok(LiveDownload { name, path, file, is_due, present })
    }

    fn diff(&self, live: &LiveDownload) -> Vec<Change> {
        let mut changes = Vec::new();
        if live.is_due {
            let after = Side::Value(format!("from {}", shown(&self.resource.request.url)));
            let before = if live.file.is_some() { Side::Present } else { Side::Absent };
            changes.push(Change { subject: format!("file {}", live.name), before, after });
        }
        changes.extend(self.attribute_changes(live));
        changes
    }

    fn apply(&self, live: &LiveDownload, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        let LiveDownload { name, path, file, is_due, present } = live;
        if *is_due {
            let url = shown(&self.resource.request.url);
            let tried = || format!("load {name} from {url}");
            let failed = |error: io::Error| Failure::new(tried(), error);
            let (body, headers) = (self.node.folder.scratch("download"), self.node.folder.scratch("headers"));
            let answer = curl(self.node, &self.resource.request, &body, &headers);
            // Without an answer there are none.
            let _ = fs::remove_file(&headers);
            let answer = answer?;
            self.node.return_value("status_code", answer.status);
            let loaded = match answer.status {
                200..=299 if self.has_checksum(&body).map_err(failed)? => Ok(()),
                200..=299 => Err(Failure::new(tried(), "its checksum is not the one that is wanted")),
                status => Err(Failure::new(tried(), format!("the answer is {status}"))),
            };
            if let Err(failure) = loaded {
                fs::remove_file(&body).map_err(failed)?;
                return Err(failure);
            }
            if let Some(content) = present {
                self.node.folder.back_up(&self.node.run, name, content)?;
                if self.resource.backup {
                    let attributes = fs::metadata(path).map(|metadata| Attributes::of(&metadata)).map_err(failed)?;
                    back_up_beside(self.node, name, content, attributes)?;
                }
            }
            let attributes = match file {
                Some(_) => fs::metadata(path).map(|metadata| Attributes::of(&metadata)).map_err(failed)?,
                None => Attributes::own(0o644),
            };
            adopt(path, &body, attributes).map_err(failed)?;
        }
        let resource = self.attributes(name);
        let on = On { node: self.node, resource: &resource };
        on.apply(&on.query()?, output)
    }

    fn undo(&self, live: &LiveDownload) -> Vec<Resource> {
        match (&live.file, &live.present) {
            (None, _) => vec![Resource::File(File::new(live.name.clone(), FileKind::Absent))],
            (Some(file), Some(content)) => {
                let resource = File::new(live.name.clone(), FileKind::Content(content.clone().into()));
                let mut undo = On { node: self.node, resource: &self.attributes(&live.name) }.undo(file);
                if let [Resource::File(file)] = &mut undo[..] {
                    file.kind = resource.kind;
                }
                undo
            }
            (Some(file), None) if !live.is_due => {
                On { node: self.node, resource: &self.attributes(&live.name) }.undo(file)
            }
            // It was too large to be kept.
            (Some(_), None) => Vec::new(),
        }
    }

    fn verify(&self, live: &LiveDownload) -> Vec<Change> {
        // That it was loaded shows in that it is there, with the checksum that is wanted.
        if live.file.is_none() || (live.is_due && self.resource.checksum.is_some()) {
            return self.diff(live);
        }
        self.attribute_changes(live)
    }

    fn result(&self, _: &LiveDownload, live: &LiveDownload) -> Values {
        let mut values = match &live.file {
            Some(file) => On { node: self.node, resource: &self.attributes(&live.name) }.result(file, file),
            None => Values::new(),
        };
        values.shift_remove("path");
        values.insert("dest".to_owned(), live.name.as_str().into());
        values.insert("url".to_owned(), shown(&self.resource.request.url).into());
        for (name, kind) in [("checksum_dest", crate::state::Checksum::Sha1), ("md5sum", crate::state::Checksum::Md5)] {
            values.extend(kind.of_file(&live.path).ok().map(|sum| (name.to_owned(), sum.into())));
        }
        values
    }
}

impl On<'_, Download> {
    fn attribute_changes(&self, live: &LiveDownload) -> Vec<Change> {
        let resource = self.attributes(&live.name);
        live.file.as_ref().map(|file| On { node: self.node, resource: &resource }.diff(file)).unwrap_or_default()
    }
}
