//! Reading an inventory: its sources, in the order in which they are given, become one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Inventory, document, draft::Draft, merge::merge, sources, tree::Tree};
use crate::source::{Code, Diagnostic, Diagnostics, Source, Span};

impl Inventory {
    /// Reads files and folders. All mistakes that can be found are found in one go.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Diagnostics> {
        let (mut found, mut read) = (Vec::new(), Vec::new());
        for file in paths.iter().flat_map(|path| sources::files(path, &mut found)).collect::<Vec<_>>() {
            match Source::read(&file) {
                Ok(source) => read.push(source),
                Err(error) => found.push(error.into()),
            }
        }
        Self::build(&read, &folders(paths), found)
    }

    /// Reads an inventory that is one text, without files of variables beside it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostics> {
        Self::build(std::slice::from_ref(source), &[], Vec::new())
    }

    fn build(read: &[Arc<Source>], folders: &[PathBuf], mut found: Vec<Diagnostic>) -> Result<Self, Diagnostics> {
        let mut draft = Draft::new();
        for source in read {
            match sources::document(source) {
                Ok(document) => document::read(&mut draft, &mut found, &document),
                Err(diagnostic) => found.push(diagnostic),
            }
        }
        draft.complete();
        found.extend(draft.name_clashes());
        let tree = match Tree::of(&draft) {
            Ok(tree) => tree,
            Err(cycle) => {
                found.push(cycle);
                return Err(Diagnostics::check(found).expect_err("a cycle was found"));
            }
        };
        // A file that could not be read may have had the hosts, so an empty inventory is not a mistake of its own then.
        if draft.hosts.is_empty() && found.is_empty() {
            found.push(empty(read.first()));
        }
        let inventory = merge(&draft, &tree, folders, &mut found);
        Diagnostics::check(found).map(|()| inventory)
    }
}

/// The folders that may hold `group_vars` and `host_vars`. Where one counts twice, its last place decides.
fn folders(paths: &[PathBuf]) -> Vec<PathBuf> {
    let all: Vec<PathBuf> = paths.iter().map(|path| sources::folder(path)).collect();
    let counts_later = |position: usize, folder: &Path| all[position + 1..].iter().any(|later| later == folder);
    all.iter()
        .enumerate()
        .filter(|(position, folder)| !counts_later(*position, folder))
        .map(|(_, f)| f.clone())
        .collect()
}

fn empty(source: Option<&Arc<Source>>) -> Diagnostic {
    let title = Code::EmptyInventory.title();
    let diagnostic = match source {
        Some(source) => Diagnostic::new(Code::EmptyInventory, title, &Span::whole(source), "no host in this file"),
        None => Diagnostic::without_place(Code::EmptyInventory, title),
    };
    diagnostic.hint("name at least one host:\nall:\n  hosts:\n    web1:")
}
