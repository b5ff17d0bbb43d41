//! What is recorded of a lab that is up: `state.json` in its folder.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    Error,
    paths::{self, LabDir},
    process::{self, Process},
    topology::{Family, Node, Topology},
};

/// What is recorded of a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// What it was asked to be.
    pub topology: Topology,
    /// The base images under the nodes' own disks.
    #[serde(default)]
    pub images: BTreeMap<Family, PathBuf>,
    /// The process that keeps the network namespace.
    pub holder: Option<Process>,
    /// The kernels that were started, by node.
    pub kernels: BTreeMap<String, Process>,
}

impl State {
    /// Reads the state of a lab; `None` where there is no lab.
    pub(super) fn load(lab: &LabDir) -> Result<Option<Self>, Error> {
        let path = lab.file("state.json");
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::State { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Io { what: "read", path, source }),
        }
    }

    /// Records the state.
    pub(super) fn save(&self, lab: &LabDir) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self).expect("the state has no keys that JSON lacks");
        paths::write(&lab.file("state.json"), text, 0o600)
    }

    /// A process in the namespace: the one that keeps it, or, should somebody have ended that, a kernel.
    pub(super) fn holder(&self) -> Option<Process> {
        self.holder.iter().chain(self.kernels.values()).copied().find(|process| process.is_alive())
    }

    /// The kernel of a node, if it runs; also where lvsctl ended between starting and recording it.
    pub(super) fn kernel(&self, lab: &LabDir, node: &str) -> Option<Process> {
        match self.kernels.get(node) {
            Some(kernel) => Some(*kernel).filter(|kernel| kernel.is_alive()),
            None => process::find_node(lab.path(), node),
        }
    }

    /// A node by its name.
    pub(super) fn node(&self, name: &str) -> Result<&Node, Error> {
        self.topology.node(name).ok_or_else(|| Error::NoNode {
            node: name.to_owned(),
            known: self.topology.nodes.iter().map(|node| node.name.clone()).collect(),
        })
    }
}
