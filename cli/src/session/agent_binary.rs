//! The agent's program, as it is pushed to nodes.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};

/// The agent's program: where it lies here, its bytes and their hash.
#[derive(Clone, Debug)]
pub struct AgentBinary {
    path: PathBuf,
    bytes: Arc<[u8]>,
    sha256: String,
}

/// There is no agent to push.
#[derive(Debug, thiserror::Error)]
pub enum AgentBinaryError {
    /// None of the places has it.
    #[error("find the agent's program `lvs-agent`; looked at {}", list(places))]
    NotFound {
        /// Where it was looked for.
        places: Vec<PathBuf>,
    },
    /// It cannot be read.
    #[error("read the agent's program {}", path.display())]
    Read {
        /// Where it lies.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
}

impl AgentBinary {
    /// Finds it: as told (`--agent`, `LVSCTL_AGENT`), else beside this program, else below `libexec` or `lib` of the
    /// same prefix.
    pub fn find(told: Option<&Path>) -> Result<Self, AgentBinaryError> {
        let places = told.map_or_else(usual_places, |path| vec![path.to_owned()]);
        let Some(path) = places.iter().find(|path| path.is_file()) else {
            return Err(AgentBinaryError::NotFound { places });
        };
        let bytes = fs::read(path).map_err(|source| AgentBinaryError::Read { path: path.clone(), source })?;
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        Ok(Self { path: path.clone(), bytes: bytes.into(), sha256 })
    }

    /// Where it lies on this machine.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256 in lower-case hexadecimal: its name on a node.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

impl AgentBinaryError {
    /// What the reader might do.
    pub fn hint(&self) -> &'static str {
        "build it with `make build`, or say where it is with --agent or LVSCTL_AGENT"
    }
}

fn usual_places() -> Vec<PathBuf> {
    let Ok(program) = env::current_exe() else { return Vec::new() };
    let folder = program.parent().unwrap_or(Path::new("/"));
    ["lvs-agent", "../libexec/lvsctl/lvs-agent", "../lib/lvsctl/lvs-agent"]
        .iter()
        .map(|name| folder.join(name))
        .collect()
}

fn list(places: &[PathBuf]) -> String {
    places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
