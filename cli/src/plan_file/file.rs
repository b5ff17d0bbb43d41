//! The file of a plan, written for its owner alone, and read back as what anybody could have written.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::Path,
};

use serde::Deserialize;

use super::{PlanFile, VERSION};
use crate::source::{Code, Diagnostic};

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// The beginning of every plan, whatever its version.
#[derive(Deserialize)]
struct Head {
    lvsctl_plan: u32,
}

/// Whether a file begins as a plan does, and not as a playbook.
pub fn looks_like_one(path: &Path) -> bool {
    let mut start = Vec::new();
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let read = is_file.then(|| File::open(path).and_then(|file| file.take(64).read_to_end(&mut start)));
    // What cannot be read is told of by who reads it as a playbook.
    matches!(read, Some(Ok(_))) && start.trim_ascii_start().starts_with(b"{")
}

/// Whether what is written to `path` goes to somebody else: a pipe, `/dev/stdout`, a device. A file in its place would
/// take it away from everybody.
fn is_passed_on(path: &Path) -> bool {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    folder.is_some_and(|folder| ["/dev", "/proc"].iter().any(|kernel| folder.starts_with(kernel)))
        || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

impl PlanFile {
    /// Writes it, for its owner alone; a file that was there is replaced as a whole.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if is_passed_on(path) {
            let mut device = File::options().write(true).open(path)?;
            serde_json::to_writer_pretty(&mut device, self)?;
            return device.write_all(b"\n");
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A temporary file is its owner's alone from the beginning.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Reads a plan back. Others than its owner must not have been able to write to it: it names programs to be run.
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        let bad = |why: String| Diagnostic::without_place(Code::BadPlanFile, format!("{} {why}", path.display()));
        let again = "make it again: `lvsctl plan --out FILE`";
        let file = File::open(path).map_err(|error| bad(format!("cannot be read: {error}")).hint(again))?;
        let metadata = file.metadata().map_err(|error| bad(format!("cannot be read: {error}")).hint(again))?;
        if metadata.len() > MAX_BYTES {
            return Err(bad(format!("has {} bytes, and at most {MAX_BYTES} are read", metadata.len())).hint(again));
        }
        let own = rustix::process::geteuid().as_raw();
        if metadata.uid() != own && metadata.uid() != 0 {
            return Err(bad(format!("belongs to the user {}, and not to you", metadata.uid())).hint(again));
        }
        if metadata.mode() & 0o022 != 0 {
            let hint = format!("if nobody has: `chmod 600 {}`", path.display());
            return Err(bad("could have been written by others than its owner".to_owned()).hint(hint));
        }
        let mut bytes = Vec::new();
        let read = file.take(MAX_BYTES).read_to_end(&mut bytes);
        read.map_err(|error| bad(format!("cannot be read: {error}")).hint(again))?;
        match serde_json::from_slice::<Head>(&bytes) {
            Ok(Head { lvsctl_plan: VERSION }) => {}
            Ok(Head { lvsctl_plan }) => {
                let why = format!("is a plan of format {lvsctl_plan}, and this lvsctl has format {VERSION}");
                return Err(bad(why).hint(again));
            }
            Err(error) => return Err(bad(format!("is no plan: {error}")).hint(again)),
        }
        let plan: Self = serde_json::from_slice(&bytes)
            .map_err(|error| bad(format!("is a plan that is damaged: {error}")).hint(again))?;
        Ok(plan)
    }
}
