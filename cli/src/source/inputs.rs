//! Which files a command has read, and what was in them: what a kept plan was made of.
//!
//! It is the process's own and not a parameter: a file may be read where a template first asks for it, in the middle of a
//! run.

use std::{
    collections::BTreeMap,
    path::{self, Path},
    sync::{PoisonError, RwLock},
};

use sha2::{Digest, Sha256};

static INPUTS: RwLock<BTreeMap<String, [u8; 32]>> = RwLock::new(BTreeMap::new());

/// Remembers that a file was read.
pub(crate) fn note_file(path: &Path, bytes: &[u8]) {
    let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    note(&path.display().to_string(), bytes);
}

/// Remembers something that is no file: a shipped playbook, or what a program printed.
pub(crate) fn note(name: &str, bytes: &[u8]) {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let mut inputs = INPUTS.write().unwrap_or_else(PoisonError::into_inner);
    // What was read first may be in the plan already: a file that changes meanwhile is none of the two.
    let known = inputs.entry(name.to_owned()).or_insert(digest);
    if *known != digest {
        *known = Sha256::digest([*known, digest].concat()).into();
    }
}

/// Everything that was read until now, with the SHA-256 of it.
pub fn inputs() -> BTreeMap<String, [u8; 32]> {
    INPUTS.read().unwrap_or_else(PoisonError::into_inner).clone()
}
