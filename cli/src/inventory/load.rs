//! Reading an inventory: its sources, in the order in which they are given, become one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Inventory, Vars,
    draft::Draft,
    findings::Findings,
    merge::{Folder, merge},
    sources,
    tree::Tree,
};
use crate::source::{Code, Diagnostic, Diagnostics, Source, Span};

/// What an inventory is read from.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Files, folders, programs, and lists of hosts. Later ones win.
    pub sources: Vec<PathBuf>,
    /// The folder of the playbook, beside which there may be files of variables.
    pub playbook_dir: Option<PathBuf>,
    /// What the command line says, which wins over all the rest.
    pub extra_vars: Vars,
    /// Whether it may be without hosts.
    pub may_be_empty: bool,
}

impl Load {
    /// Reads it. All mistakes that can be found are found in one go.
    pub fn read(&self) -> Result<Inventory, Diagnostics> {
        let (mut draft, mut findings) = (Draft::new(), Findings::default());
        for source in &self.sources {
            sources::read(&mut draft, &mut findings, source);
        }
        let mut folders = folders(&self.sources);
        // A folder that is beside both is read once. Were there others between, it would have to win over them as well.
        let is_last = |path: &&PathBuf| folders.last().is_some_and(|folder| is_same(&folder.path, path));
        let of_playbook = self.playbook_dir.iter().filter(|path| !is_last(path)).cloned().collect::<Vec<_>>();
        folders.extend(of_playbook.into_iter().map(|path| Folder { path, of_playbook: true }));
        self.build(draft, &folders, findings)
    }

    fn build(&self, mut draft: Draft, folders: &[Folder], mut findings: Findings) -> Result<Inventory, Diagnostics> {
        draft.complete();
        findings.doubts.extend(draft.name_clashes());
        let tree = match Tree::of(&draft) {
            Ok(tree) => tree,
            Err(cycle) => {
                findings.mistakes.push(cycle);
                return Err(Diagnostics::check(findings.mistakes).expect_err("a cycle was found"));
            }
        };
        // A file that could not be read may have had the hosts, so an empty inventory is not a mistake of its own then.
        if draft.hosts.is_empty() && findings.mistakes.is_empty() && !self.may_be_empty {
            // Hosts may stand below a key that was mistyped.
            findings.mistakes.append(&mut findings.doubts);
            findings.mistakes.push(empty(&draft));
        }
        let mut inventory = merge(&draft, &tree, folders, &self.extra_vars, &mut findings);
        Diagnostics::check(findings.mistakes)?;
        inventory.warnings = findings.doubts;
        inventory.playbook_dir = self.playbook_dir.clone().unwrap_or_else(|| PathBuf::from("."));
        Ok(inventory)
    }
}

impl Inventory {
    /// Reads files, folders, programs and lists of hosts.
    pub fn load(sources: &[PathBuf]) -> Result<Self, Diagnostics> {
        Load { sources: sources.to_vec(), ..Load::default() }.read()
    }

    /// Reads an inventory that is one text, without files of variables beside it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let (mut draft, mut findings) = (Draft::new(), Findings::default());
        sources::read_file(&mut draft, &mut findings, source, Path::new(source.name()));
        Load::default().build(draft, &[], findings)
    }
}

/// The folders beside sources that may hold `group_vars` and `host_vars`. Where one counts twice, its last place decides.
fn folders(sources: &[PathBuf]) -> Vec<Folder> {
    let files = sources.iter().filter(|source| !sources::is_host_list(source));
    let all: Vec<PathBuf> = files.map(|source| sources::folder(source)).collect();
    let counts_later = |position: usize, folder: &Path| all[position + 1..].iter().any(|later| later == folder);
    all.iter()
        .enumerate()
        .filter(|(position, folder)| !counts_later(*position, folder))
        .map(|(_, folder)| Folder { path: folder.clone(), of_playbook: false })
        .collect()
}

fn is_same(left: &Path, right: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(left).is_some_and(|left| Some(left) == real(right))
}

fn empty(draft: &Draft) -> Diagnostic {
    let title = Code::EmptyInventory.title();
    let diagnostic = match &draft.first {
        Some(first) => Diagnostic::new(Code::EmptyInventory, title, &Span::whole(first), "no host in this file"),
        None => Diagnostic::without_place(Code::EmptyInventory, title),
    };
    diagnostic.hint("name at least one host:\nall:\n  hosts:\n    web1:")
}
