//! What is armed: the record of a run that is taken back unless it is confirmed, on disk before its first change.

use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::{
    json,
    node::{Attributes, Folder, replace, sync_parent},
    wire::{Failure, is_run_name},
};

/// A run that is taken back unless it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Armed {
    /// The run.
    pub(crate) run: String,
    /// Who runs it.
    pub(crate) operator: String,
    /// How long the guardian waits.
    pub(crate) seconds: u32,
    /// What the network was like before the run's first change that may cut the connection.
    pub(super) before: Snapshot,
}

impl Armed {
    /// Reads the record; nothing is armed where there is none.
    pub(crate) fn load(folder: &Folder) -> Result<Option<Self>, Failure> {
        let path = folder.armed();
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(format!("read what is armed, {}", path.display()), error).with_hint(
                "a run did not end. Look into its journal beside, put right what it did, and take the file away",
            )
        };
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error)),
            Ok(text) => match json::from_slice::<Self>(&text) {
                Ok(armed) if is_run_name(&armed.run) => Ok(Some(armed)),
                Ok(armed) => Err(failed(&format!("{:?} cannot name a run", armed.run))),
                Err(error) => Err(failed(&error)),
            },
        }
    }

    pub(super) fn save(&self, folder: &Folder) -> Result<(), Failure> {
        serde_json::to_vec(self)
            .map_err(io::Error::from)
            .and_then(|text| replace(&folder.armed(), &text, Attributes::own(0o600)))
            .map_err(|error| Failure::new(format!("write what is armed, {}", folder.armed().display()), error))
    }

    /// Nothing is armed any more.
    pub(super) fn disarm(folder: &Folder) -> Result<(), Failure> {
        let path = folder.armed();
        fs::remove_file(&path)
            .and_then(|()| sync_parent(&path))
            .map_err(|error| Failure::new(format!("take away what is armed, {}", path.display()), error))
    }
}
