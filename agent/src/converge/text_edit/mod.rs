//! Lines and blocks of lines in a file: the new content is worked out from the present one, and then goes the way of
//! any file.

mod block;
mod line;
mod lines;

use std::cell::OnceCell;

use super::{
    Converge, On,
    file::{LiveFile, What, read_content},
};
use crate::{
    node::Node,
    state::{Bytes, Edit, File, FileKind, Handling, Resource, TextEdit},
    wire::{Change, Failure, Stream, Values},
};

/// An edit of a file on its node.
#[derive(Debug)]
pub(super) struct Editing<'a> {
    node: &'a Node,
    edit: &'a TextEdit,
    /// Worked out once: an expression need not match what it makes, and what it makes is what is verified.
    planned: OnceCell<Planned>,
}

/// What the file should be.
#[derive(Debug)]
struct Planned {
    file: File,
    edited: Edited,
}

/// What becomes of a text.
#[derive(Debug, Default, PartialEq, Eq)]
struct Edited {
    /// The new content; `None` leaves it alone.
    content: Option<Vec<u8>>,
    /// What was done, in Ansible's words.
    message: String,
    /// How many lines were found.
    found: Option<usize>,
}

impl<'a> Editing<'a> {
    pub(super) fn new(node: &'a Node, edit: &'a TextEdit) -> Self {
        Self { node, edit, planned: OnceCell::new() }
    }

    fn plan(&self) -> Result<Planned, Failure> {
        let TextEdit { path, edit, create, .. } = self.edit;
        let name = self.node.root.follow(path)?;
        let failed = |came_back: String| Failure::new(format!("edit {path}"), came_back);
        let file = self.node.root.resolve(&name)?;
        if file.is_dir() {
            self.node.return_value("rc", 256);
            self.node.return_value("msg", format!("Path {path} is a directory !"));
            return Err(failed("it is a folder".to_owned()));
        }
        let present = if file.exists() { Some(read_content(&file).map_err(failed)?) } else { None };
        let wants = match edit {
            Edit::Line(_) => true,
            Edit::NoLine(_) => false,
            Edit::Block(block) => !block.block.is_empty(),
        };
        let edited = match (&present, edit) {
            (None, Edit::Block(_)) if !wants && *create => {
                Edited { message: format!("File {path} not present"), ..Edited::default() }
            }
            (None, Edit::NoLine(_)) if !wants => Edited { message: "file not present".to_owned(), ..Edited::default() },
            (None, _) if !create => {
                self.node.return_value("rc", 257);
                let subject = if matches!(edit, Edit::Block(_)) { "Path" } else { "Destination" };
                self.node.return_value("msg", format!("{subject} {path} does not exist !"));
                return Err(failed("there is no such file".to_owned())
                    .with_hint("add `create: true`, or let a step before it make the file"));
            }
            (_, Edit::Line(line)) => line::present(line, present.as_deref().unwrap_or_default())?,
            (_, Edit::NoLine(find)) => line::absent(find, present.as_deref().unwrap_or_default())?,
            (_, Edit::Block(block)) => block::edited(block, present.as_deref())?,
        };
        let kind = match (&edited.content, &present) {
            // Nothing to put into a file that is not there: it is not made for that.
            (Some(_), None) if edited.message.is_empty() => FileKind::Absent,
            (Some(content), _) => FileKind::Content(Bytes(content.clone())),
            (None, Some(_)) => FileKind::Existing,
            // Nothing is wanted of a file that is not there.
            (None, None) => FileKind::Absent,
        };
        let TextEdit { owner, group, mode, backup, validate, sensitive, .. } = self.edit.clone();
        let handling = Handling { make_parents: true, backup, validate, ..Handling::default() };
        Ok(Planned { file: File { path: name, kind, owner, group, mode, sensitive, handling }, edited })
    }

    fn file(&self) -> Option<On<'_, File>> {
        self.planned.get().map(|planned| On { node: self.node, resource: &planned.file })
    }
}

impl Converge for Editing<'_> {
    type Live = LiveFile;

    fn query(&self) -> Result<LiveFile, Failure> {
        let planned = if let Some(planned) = self.planned.get() {
            planned
        } else {
            let planned = self.plan()?;
            self.planned.get_or_init(|| planned)
        };
        On { node: self.node, resource: &planned.file }.query()
    }

    fn diff(&self, live: &LiveFile) -> Vec<Change> {
        self.file().map(|file| file.diff(live)).unwrap_or_default()
    }

    fn apply(&self, live: &LiveFile, output: &mut dyn FnMut(Stream, &str)) -> Result<(), Failure> {
        self.file().map_or(Ok(()), |file| file.apply(live, output))
    }

    fn undo(&self, live: &LiveFile) -> Vec<Resource> {
        self.file().map(|file| file.undo(live)).unwrap_or_default()
    }

    fn result(&self, found: &LiveFile, _: &LiveFile) -> Values {
        let mut values = Values::new();
        let Some(Planned { edited, .. }) = self.planned.get() else { return values };
        let changes = self.diff(found);
        let has_attributes = changes
            .iter()
            .any(|change| [" owner", " group", " mode"].iter().any(|attribute| change.subject.ends_with(attribute)));
        let message = match (edited.message.as_str(), has_attributes) {
            ("", true) => "ownership, perms or SE linux context changed".to_owned(),
            (message, true) => format!("{message} and ownership, perms or SE linux context changed"),
            (message, false) => message.to_owned(),
        };
        values.insert("msg".to_owned(), message.into());
        if let Some(found) = edited.found {
            values.insert("found".to_owned(), found.into());
        }
        if !matches!(self.edit.edit, Edit::Block(_)) && found.what != What::Nothing {
            let backup = self.node.returned.borrow_mut().remove("backup_file").unwrap_or_else(|| "".into());
            values.insert("backup".to_owned(), backup);
        }
        values
    }
}

#[cfg(test)]
mod tests;
